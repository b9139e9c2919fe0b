import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { runDivaCase } from "../../src/reference/divaCase.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readCase } from "./caseFolder.ts"
import { expectParameters, expectSteps } from "./expectCase.ts"

const stored = readCase()

/** Cold, a software adapter compiles for half a minute. */
const slow = 240_000

describe("the OpenAI case on the adapter", () => {
  it.live(
    "has the original's activations, gradients, losses, norms and parameters over all its steps",
    () =>
      Effect.gen(function* () {
        const gpu = yield* Gpu
        const before = yield* gpu.live
        const result = yield* runDivaCase(stored.document, stored.data)
        assert.lengthOf(result.gradientNorms, 4)
        expectSteps(stored, result)
        expectParameters(stored, result)
        assert.deepStrictEqual(yield* gpu.live, before)
      }).pipe(Effect.provide(Gpu.layer())),
    slow,
  )
})
