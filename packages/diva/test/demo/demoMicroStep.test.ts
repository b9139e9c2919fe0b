import { assert, it } from "@effect/vitest"
import { knownAdapters, modelFor, planningFor, planOf } from "@diva/tensor"
import { Effect } from "effect"
import { demoImages, demoMicroStep } from "../../src/demo/demoMicroStep.ts"
import { readConfigs } from "../../src/sources/readConfigs.ts"
import { planWithin } from "../../src/train/plan/settleExecution.ts"
import { shippedWorld } from "../../src/world/shippedWorld.ts"
import { worldTraining } from "../../src/world/worldTraining.ts"

it.effect("the demonstration's micro-step is planned as a run of the demonstration plans it", () =>
  Effect.gen(function* () {
    const facts = knownAdapters.llvmpipe
    const limits = planningFor(facts, { model: modelFor(facts, "llvmpipe") })
    const { clip, diffusion: sd } = shippedWorld
    const models = yield* readConfigs({ clip, clipConfig: clip, sd })
    const run = yield* planWithin(worldTraining(models, { "images-per-update": demoImages }), limits)
    const { describe, specs, options } = yield* demoMicroStep()
    const { inputs, steps, flops } = planOf(describe, specs, limits, options)
    const { microStep } = run.plan
    assert.deepStrictEqual(inputs, microStep.inputs)
    assert.deepStrictEqual([steps.length, flops], [microStep.steps.length, microStep.flops])
  }),
)
