// What a program in the page imports as @diva/tensor: all of it, with devices whose compilations the page can show.
export * from "@diva/tensor"
export { openDevice } from "../program/watchedDevice.ts"
