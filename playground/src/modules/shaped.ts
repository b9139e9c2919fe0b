export * from "@diva/tensor/shaped"
