import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { add, conv2d, planOf, silu } from "../src/index.ts"
import type { KernelFacts } from "../src/adapter/kernelFacts.ts"
import {
  expectComputed,
  f32,
  isComputed,
  prologues,
  same,
  telling,
  x,
  type Args,
  type Telling,
} from "./prologueCases.ts"

let told: Telling
beforeAll(async () => {
  told = await telling()
})
afterAll(() => told.device.close())

// Every other method is a long test.
describe("what a convolution computes while it lays its image out", () => {
  test.each(prologues)("%s", (_name, one) => expectComputed(told, one, (choices) => choices.slice(0, 1)))
})

const software: KernelFacts = {
  storageBuffers: 16,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65_535,
  subgroupSize: 8,
  textureExtent: 16_384,
  isSoftware: true,
}

const planned = (program: (args: Args) => unknown, limits: KernelFacts = software) =>
  planOf(program, { x: f32(x), y: f32(x), w: f32([64, 32, 3, 3]) }, limits)

describe("an image is stored all the same", () => {
  test("where each element would be computed many times", () => {
    const plan = planned(({ x, w }) => conv2d(silu(x), w, same), { ...software, subgroupSize: 0, textureExtent: 0 })
    expect(isComputed({ plan })).toBe(false)
    expect(plan.notes.join()).toContain("operand of conv2d")
  })

  test("where another kernel reads it too", () => {
    const plan = planned(({ x, w }) => {
      const image = silu(x)
      return { result: conv2d(image, w, same), image }
    })
    expect(isComputed({ plan })).toBe(false)
  })

  test("where more would be read than it holds", () => {
    expect(isComputed({ plan: planned(({ x, w }) => conv2d(add(x, silu(x)), w, same)) })).toBe(true)
    expect(isComputed({ plan: planned(({ x, y, w }) => conv2d(add(x, y), w, same)) })).toBe(false)
  })
})
