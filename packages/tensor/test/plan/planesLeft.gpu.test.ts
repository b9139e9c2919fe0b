import { describe, expect, it } from "vitest"
import { add, conv2d, groupNorm, logistic, mul } from "../../src/index.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { expectTransformedBack, silu, withPlanes } from "./planes.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

describe("a convolution by Winograd's method before a norm", () => {
  // Smaller tiles, and images of whole tiles, are long tests.
  it("is transformed back by the norm: tiles of 4, images 11 wide", () => expectTransformedBack(4, 11))

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
