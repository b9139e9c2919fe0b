import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { conv2d, groupNorm, logistic, mul, type Choice, type Decision, type Tensor } from "../../src/index.ts"
import { openGuarded, type GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

/** Convolutions by Winograd's larger tiles, rows shared by workgroups. */
const byPlanes = ({ candidates, others }: Decision): Choice => {
  const all = [...candidates, ...others]
  return (
    all.find(({ way, tile, rows }) => way === "tiledWinograd" && tile === 4 && rows === 32) ??
    all.find(({ way, lanes }) => way === "workgroup" && lanes === 256) ??
    candidates[0]
  )
}

let guarded: GuardedDevice
beforeAll(async () => {
  guarded = await openGuarded({
    planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false },
    choose: byPlanes,
  })
})
afterAll(() => guarded.close())

const silu = (x: Tensor): Tensor => mul(x, logistic(x))

describe("a norm before a convolution by Winograd's method", () => {
  it.each([
    [32, 33],
    [33, 33],
  ])("goes on with the transform of what it has stored: images of %d by %d", async (high, wide) => {
    const { labels } = await ranAsGpu(guarded, {
      shapes: { x: [4, 16, high, wide], scale: [16, 1, 1], w: [24, 16, 3, 3] },
      results: ({ x, scale, w }) => ({ y: conv2d(silu(mul(groupNorm(x, { groups: 16 }), scale)), w, { padding: 1 }) }),
      within: 2e-5,
    })
    expect(labels).toEqual([
      "sum+sum+mul, image (transformed)",
      "weight (transformed)",
      "planes (multiplied)",
      "conv2d",
    ])
  })

  it("leaves it a launch of its own where few invocations would take longer", async () => {
    const { labels } = await ranAsGpu(guarded, {
      shapes: { x: [1, 16, 40, 40], w: [24, 16, 3, 3] },
      results: ({ x, w }) => ({ y: conv2d(silu(groupNorm(x, { groups: 8 })), w, { padding: 1 }) }),
      within: 2e-5,
    })
    expect(labels).toContain("image (transformed)")
  })
})
