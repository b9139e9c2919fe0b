import { describe, expect, it } from "vitest"
import { add, conv2d, groupNorm, logistic, mul, type Choice, type Decision, type Tensor } from "../../src/index.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { openGuarded, type GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

const byPlanes =
  (tile: number) =>
  ({ candidates, others }: Decision): Choice =>
    [...candidates, ...others].find(
      (choice) => choice.way === "tiledWinograd" && choice["tile"] === tile && choice["rows"] === 32,
    ) ?? candidates[0]

/** What runs with such a choice. */
const withPlanes = async (tile: number, run: (guarded: GuardedDevice) => Promise<void>): Promise<void> => {
  const guarded = await openGuarded({
    planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false },
    choose: byPlanes(tile),
  })
  await run(guarded).finally(() => guarded.close())
}

const silu = (x: Tensor): Tensor => mul(x, logistic(x))

describe("a convolution by Winograd's method before a norm", () => {
  it.each([
    [4, 12],
    [4, 11],
    [2, 8],
    [2, 7],
  ])("is transformed back by the norm: tiles of %d, images %d wide", (tile, wide) =>
    withPlanes(tile, async (guarded) => {
      const { labels, plan } = await ranAsGpu(guarded, {
        shapes: { x: [2, 7, 9, wide], w: [24, 7, 3, 3], b: [24, 1, 1], r: [2, 24, 9, wide] },
        results: ({ x, w, b, r }) => {
          const whole = add(add(conv2d(x, w, { padding: 1 }), b), r)
          return { y: silu(groupNorm(whole, { groups: 8 })), z: mul(whole, 2) }
        },
        within: 2e-5,
      })
      expect(labels.slice(0, 3)).toEqual(["weight (transformed)", "image (transformed)", "planes (multiplied)"])
      expect(labels.filter((label) => /conv2d|fromPlanes/.test(label))).toEqual([])
      expect(plan.steps.filter(({ family }) => family === "rows")).toHaveLength(1)
    }),
  )

  it("is transformed back by a norm's gradient", () =>
    withPlanes(4, async (guarded) => {
      const border = { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const
      const { labels } = await ranAsGpu(guarded, {
        shapes: { g: [2, 7, 9, 12], w: [7, 24, 3, 3], x: [2, 24, 9, 12] },
        results: ({ g, w, x }) => ({
          y: groupNorm(mul(conv2dInput(g, w, [2, 24, 9, 12], border), logistic(x)), { groups: 8 }),
        }),
        within: 2e-5,
      })
      expect(labels.filter((label) => /conv2d|fromPlanes/.test(label))).toEqual([])
    }))

  it("is transformed back by itself where no norm walks it", () =>
    withPlanes(4, async (guarded) => {
      const { labels } = await ranAsGpu(guarded, {
        shapes: { x: [2, 7, 9, 12], w: [24, 7, 3, 3], b: [24, 1, 1] },
        results: ({ x, w, b }) => ({ y: silu(add(conv2d(x, w, { padding: 1 }), b)) }),
        within: 2e-5,
      })
      expect(labels.slice(2)).toEqual(["planes (multiplied)", expect.stringContaining("conv2d+add")])
    }))
})
