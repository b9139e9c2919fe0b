export * from "@diva/autograd"
