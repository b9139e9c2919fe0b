import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EvaluationEvents } from "../../src/evaluate/evaluationEvents.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { scoreInWorld, shippedWorld, worldSets } from "../../src/world/index.ts"
import { readWorld } from "./shippedWorld.ts"

/** Adapters round differently: one pair of thirty in a pattern may turn. */
const onePair = 100 / 30 + 1e-9

layer(Gpu.layer())("the CLIP that ships", (it) => {
  it.effect("has the scores that world.json tells", () =>
    Effect.gen(function* () {
      const found = yield* scoreInWorld(shippedWorld, shippedWorld.clip, "shipped")
      for (const set of worldSets) {
        const [scoring] = found[set].scorings
        for (const [i, { name, estimate }] of scoring!.categories.entries())
          assert.closeTo(estimate.value, readWorld().scores[set].categories[i]!, onePair, `${set}, ${name}`)
      }
    }).pipe(Effect.scoped, Effect.provide(EvaluationEvents.layerSilent)),
  )
})
