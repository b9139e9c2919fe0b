import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { add, exp, knownAdapters, mul, permute, planOf, reshape, type Shape, type Tensor } from "../../src/index.ts"
import type { GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "../plan/ranAsGpu.ts"
import { openForBlocks, turnedCases } from "./turnedCases.ts"

let guarded: GuardedDevice
beforeAll(async () => {
  guarded = await openForBlocks()
})
afterAll(() => guarded.close())

describe("a result in another order than what it is computed from", () => {
  it("is computed in blocks that are turned over in registers", async () => {
    const { plan } = await ranAsGpu(guarded, { ...turnedCases["an image from its pixels, and another"]!, within: 1e-6 })
    expect(plan.steps.map(({ choice }) => choice.way)).toEqual(["blocks"])
  })
})

const waysOf = (adapter: "nvidia-h200" | "llvmpipe", shape: Shape, program: (x: Tensor) => Tensor) =>
  planOf(
    ({ x }: { readonly x: Tensor }) => program(x),
    { x: { shape, dtype: "f32" } },
    knownAdapters[adapter],
  ).steps.map(({ choice }) => choice.way)

it("blocks are for whole quads both ways and for GPUs; all else is computed element by element", () => {
  const turned = (x: Tensor): Tensor => exp(permute(x, [1, 0]))
  expect(waysOf("nvidia-h200", [1024, 512], turned)).toEqual(["blocks"])
  expect(waysOf("nvidia-h200", [1024, 511], turned)).toEqual(["elements"])
  expect(waysOf("nvidia-h200", [1023, 512], turned)).toEqual(["elements"])
  expect(waysOf("nvidia-h200", [1024, 512], exp)).toEqual(["elements"])
  expect(waysOf("llvmpipe", [1024, 512], turned)).toEqual(["elements"])
  const heads = (x: Tensor): Tensor => mul(permute(reshape(x, [64, 16, 64]), [1, 0, 2]), 2)
  expect(waysOf("nvidia-h200", [64, 1024], heads)).toEqual(["elements"])
  expect(waysOf("nvidia-h200", [512, 512], (x) => add(x, permute(x, [1, 0])))).toEqual(["blocks"])
})
