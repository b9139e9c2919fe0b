import { assert, beforeAll, describe, it } from "@effect/vitest"
import * as E from "fp-ts/lib/Either.js"
import type { KernelFacts } from "@diva/tensor"
import type { Execution } from "../../src/objective/execution.ts"
import { executionsByTime } from "../../src/train/plan/executions.ts"
import { executionWithin } from "../../src/train/plan/memoryBudget.ts"
import type { PlannedConfig } from "../../src/train/plan/microProgram.ts"
import { planTraining, type TrainingPlan } from "../../src/train/plan/planTraining.ts"
import { roomyConfig } from "./tinyRun.ts"

const portable: KernelFacts = {
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65_535,
  subgroupSize: 0,
  textureExtent: 0,
}

const plans = new Map<string, TrainingPlan>()

/** Planning takes a while; each execution is planned once. */
const planFor = (config: PlannedConfig): TrainingPlan => {
  const key = JSON.stringify(config.execution)
  const held = plans.get(key) ?? planTraining(config, portable)
  plans.set(key, held)
  return held
}

const all = executionsByTime(2, 2)

const peakOf = (execution: Execution): number => planFor({ ...roomyConfig, execution }).peakBytes

const within = (budget: number) => executionWithin(roomyConfig, budget, planFor)

describe("a memory budget", () => {
  let peaks: readonly number[] = []
  beforeAll(() => void (peaks = all.map(peakOf)), 120_000)

  it("that is large changes nothing", () => {
    const chosen = within(Math.max(...peaks))
    assert.deepStrictEqual(E.isRight(chosen) ? chosen.right.execution : null, all[0])
  })

  it("is met by the fastest execution that fits, whatever the budget", () => {
    for (const budget of peaks) {
      const chosen = within(budget)
      assert.isTrue(E.isRight(chosen))
      if (E.isLeft(chosen)) continue
      assert.deepStrictEqual(chosen.right.execution, all[peaks.findIndex((peak) => peak <= budget)])
      assert.isAtMost(chosen.right.plan.peakBytes, budget)
    }
  })

  it("saves memory at every kind of step", () => {
    const peak = (images: number, draws: number, recompute: Execution["recompute"] = []) =>
      peakOf({ images, draws, recompute })
    assert.isBelow(peak(1, 2), peak(2, 2))
    assert.isBelow(peak(1, 1), peak(1, 2))
    assert.isBelow(peak(2, 2, ["unet"]), peak(2, 2))
    assert.isBelow(peak(1, 1, ["imageTower"]), peak(1, 1))
  })

  it("that nothing fits is a typed error with the least that would do, and with what else helps", () => {
    const refused = within(2 ** 20)
    assert.isTrue(E.isLeft(refused))
    if (E.isRight(refused)) return
    const { _tag, budget, smallest, rule, remedy } = refused.left
    assert.strictEqual(_tag, "MemoryBudgetTooSmall")
    assert.strictEqual(budget, 2 ** 20)
    assert.strictEqual(smallest, Math.min(...peaks))
    assert.include(rule, "of device memory at least")
    for (const help of ["MiB", "f16-frozen", "batch"]) assert.include(remedy, help)
    const told = /give (\d+)MiB/.exec(remedy)![1]
    assert.isTrue(E.isRight(within(Number(told) * 2 ** 20)))
  })
})
