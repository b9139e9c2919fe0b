export * from "@diva/tensor/profile"
