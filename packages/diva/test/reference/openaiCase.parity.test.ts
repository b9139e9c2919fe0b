import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { runDivaCase } from "../../src/reference/divaCase.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readCase, type StoredCase } from "./caseFolder.ts"
import { expectSteps } from "./expectCase.ts"

const stored = readCase()

/** The CPU reference computes element by element. */
const slow = 180_000

interface Changes {
  readonly [field: string]: unknown
}

const changed = ({ document }: StoredCase, changes: Changes): unknown => ({ ...(document as Changes), ...changes })

const interpreted = (document: unknown, data = stored.data) =>
  runDivaCase(document, data).pipe(Effect.provide(Gpu.layerInterpreter))

describe("the OpenAI case by the CPU reference", () => {
  it.live(
    "has the first step's activations, losses and accumulated gradients of the original",
    () =>
      Effect.gen(function* () {
        const trainer = { ...(stored.document as { readonly trainer: object }).trainer, max_steps: 1, warmup_steps: 1 }
        expectSteps(stored, yield* interpreted(changed(stored, { trainer })))
      }),
    slow,
  )

  it.effect("refuses flavours it does not compute, and manifests that lack a field, by name", () =>
    Effect.gen(function* () {
      const other = yield* Effect.flip(interpreted(changed(stored, { flavour: "siglip7" })))
      assert.strictEqual(other._tag, "CaseUnusable")
      assert.include(other.rule, "siglip7")
      const lacking = yield* Effect.flip(interpreted(changed(stored, { trainer: {} })))
      assert.strictEqual(lacking._tag, "CaseUnusable")
      assert.include(lacking.rule, "max_steps")
    }),
  )

  it.effect("names a tensor that the case's files lack", () =>
    Effect.gen(function* () {
      const prior = new Map([...stored.data.prior].filter(([name]) => name !== "unet.conv_in.bias"))
      const error = yield* Effect.flip(interpreted(stored.document, { ...stored.data, prior }))
      assert.strictEqual(error._tag, "CaseUnusable")
      assert.include(error.rule, "unet.conv_in.bias")
    }),
  )
})
