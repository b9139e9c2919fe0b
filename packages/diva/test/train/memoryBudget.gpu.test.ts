import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { config, fast, machine, parted, peakOf, slow, watched } from "./memoryBudgetRun.ts"

layer(machine(), { timeout: slow })("a training run with a memory budget", (it) => {
  it.effect(
    "keeps to it, tells what it chose, and holds what was predicted",
    () =>
      Effect.gen(function* () {
        const budget = yield* peakOf(parted)
        const { started, held } = yield* watched({ ...config, memoryBudget: budget })
        assert.isAtMost(started!.peakBytes!, budget)
        assert.notDeepEqual(started!.execution, fast)
        assert.isAtMost(Math.abs(held / started!.peakBytes! - 1), 0.1)
      }).pipe(Effect.provide(Checkpoints.layerMemory)),
    slow,
  )
})
