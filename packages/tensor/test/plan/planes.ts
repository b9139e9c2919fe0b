import { expect } from "vitest"
import { add, conv2d, groupNorm, logistic, mul, type Choice, type Decision, type Tensor } from "../../src/index.ts"
import { openGuarded, type GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

const byPlanes =
  (tile: number) =>
  ({ candidates, others }: Decision): Choice =>
    [...candidates, ...others].find(
      (choice) => choice.way === "tiledWinograd" && choice["tile"] === tile && choice["rows"] === 32,
    ) ?? candidates[0]

/** What runs with convolutions by Winograd's tiles of such a size. */
export const withPlanes = async (tile: number, run: (guarded: GuardedDevice) => Promise<void>): Promise<void> => {
  const guarded = await openGuarded({
    planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false },
    choose: byPlanes(tile),
  })
  await run(guarded).finally(() => guarded.close())
}

export const silu = (x: Tensor): Tensor => mul(x, logistic(x))

/** Expects the norm behind a convolution to be the kernel that transforms its planes back. */
export const expectTransformedBack = (tile: number, wide: number): Promise<void> =>
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
  })
