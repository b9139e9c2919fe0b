export * from "@diva/tensor/random"
