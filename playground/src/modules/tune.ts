export * from "@diva/tensor/tune"
