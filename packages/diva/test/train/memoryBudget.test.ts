import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { knownAdapters, modelFor, planningFor, type PlanFor } from "@diva/tensor"
import { executionsByTime } from "../../src/train/plan/executions.ts"
import { planWithin } from "../../src/train/plan/settleExecution.ts"
import { roomyConfig } from "./tinyRun.ts"

describe("executions of a micro-step", () => {
  it("go from all together to one draw of one image with everything computed again", () => {
    const all = executionsByTime(4, 2)
    assert.deepStrictEqual(all[0], { images: 2, draws: 2, recompute: [] })
    assert.deepStrictEqual(all.at(-1), { images: 1, draws: 1, recompute: ["imageTower", "unet"] })
    assert.strictEqual(new Set(all.map((each) => JSON.stringify(each))).size, all.length)
  })

  it("begin with all images of a micro-batch where that pays", () => {
    assert.deepStrictEqual(executionsByTime(16, 2, Infinity)[0], { images: 16, draws: 2, recompute: [] })
    assert.deepStrictEqual(executionsByTime(16, 2)[0], { images: 2, draws: 2, recompute: [] })
  })

  it("of one draw of one image differ by what is computed again alone", () => {
    assert.deepStrictEqual(
      executionsByTime(1, 1).map(({ recompute }) => recompute),
      [[], ["imageTower"], ["unet"], ["imageTower", "unet"]],
    )
  })
})

describe("without a memory budget", () => {
  const executionOn = (limits: PlanFor, imageSize = roomyConfig.imageSize) =>
    Effect.map(planWithin({ ...roomyConfig, batchSize: 4, imageSize }, limits), ({ execution }) => execution)
  const hopper = knownAdapters["nvidia-h200"]
  const model = modelFor(hopper, "nvidia-h200")

  it.effect(
    "all images go together on a card whose memory is known; on a software adapter four latents of 64 × 64, or more that are smaller",
    () =>
      Effect.gen(function* () {
        const together = yield* executionOn(planningFor(hopper, { model }))
        assert.deepStrictEqual(together, { images: 4, draws: 2, recompute: [] })
        const four = { images: 2, draws: 2, recompute: [] }
        assert.deepStrictEqual(yield* executionOn(knownAdapters.llvmpipe, 128), four)
        assert.deepStrictEqual(yield* executionOn(knownAdapters.llvmpipe), together)
      }),
    120_000,
  )
})
