import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EvaluationEvents } from "../../src/evaluate/evaluationEvents.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import {
  compareWorld,
  measureWorld,
  readWorldStatement,
  shippedFolder,
  shippedWorld,
  worldSets,
} from "../../src/world/index.ts"

/** Adapters round differently: one pair of thirty in a pattern may turn. */
const onePair = 100 / 30 + 1e-9

layer(Gpu.layer())("the world that ships", (it) => {
  it.effect("has every score that world.json tells, computed anew", () =>
    Effect.gen(function* () {
      const statement = yield* readWorldStatement(shippedFolder)
      const { seed, samples } = statement.measured
      const measured = yield* measureWorld({ world: shippedWorld, seed, samples })
      for (const set of worldSets) {
        const [scoring] = measured.scores[set].scorings
        for (const [i, { name, estimate }] of scoring!.categories.entries())
          assert.closeTo(estimate.value, statement.scores[set].categories[i]!, onePair, `${set}, ${name}`)
      }
      const compared = compareWorld(statement, measured)
      assert.lengthOf(compared, Object.keys(statement.measured.estimates).length)
      for (const { name, found, stated } of compared)
        assert.isTrue(found.value >= stated.low && found.value <= stated.high, `${name}: ${found.value}`)
      assert.closeTo(measured.samples.distance, statement.measured.distance, 0.05 * statement.measured.distance)
    }).pipe(Effect.scoped, Effect.provide(EvaluationEvents.layerSilent)),
  )
})
