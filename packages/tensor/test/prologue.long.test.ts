import { afterAll, beforeAll, describe, test } from "vitest"
import { expectComputed, prologues, telling, type Telling } from "./prologueCases.ts"

let told: Telling
beforeAll(async () => {
  told = await telling()
})
afterAll(() => told.device.close())

describe("what a convolution computes while it lays its image out", () => {
  test.each(prologues)("%s, by every method", (_name, one) => expectComputed(told, one, (choices) => choices))
})
