import { afterAll, beforeAll, describe, it } from "vitest"
import { convolutions, expectSum, problems, telling, type Telling } from "./splitSums.ts"

let told: Telling
beforeAll(async () => {
  told = await telling()
})
afterAll(() => told.device.close())

const all = [...problems, ...convolutions]

describe("a sum shared by several workgroups", () => {
  it.each(all.map((sum) => [sum[0], sum] as const))("adds up to the same, bit for bit in every run: %s", (_name, sum) =>
    expectSum(told, sum),
  )
})
