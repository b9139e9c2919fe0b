export * from "@diva/tensor/plot"
