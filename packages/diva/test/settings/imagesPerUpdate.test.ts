import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkPartial, completeSettings } from "../../src/settings/checkSettings.ts"

const needed = { "demo-data": true, "synthetic-weights": true }

const settled = Effect.fnUntraced(function* (...sources: readonly Readonly<Record<string, unknown>>[]) {
  const checked = yield* Effect.forEach(sources, (source) => checkPartial(source))
  return (yield* completeSettings(needed, ...checked))["images-per-update"]
})

it.effect("images of an update may be said as micro-batches of a size", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* settled({ batch: 2, accumulation: 3 }), 6)
    assert.strictEqual(yield* settled({ batch: 2, accumulation: 3 }, { batch: 4 }), 12)
  }),
)

it.effect("whichever was said last counts", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* settled({ batch: 2, accumulation: 3 }, { "images-per-update": 8 }), 8)
    assert.strictEqual(yield* settled({ batch: 2, "images-per-update": 8 }, { accumulation: 3 }), 6)
  }),
)

it.effect("saying both in one place is an error, unless they agree", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* settled({ batch: 2, accumulation: 3, "images-per-update": 6 }), 6)
    const error = yield* Effect.flip(settled({ batch: 2, accumulation: 3, "images-per-update": 8 }))
    assert.strictEqual(error._tag, "ConfigInvalid")
    assert.include(error.rule, "6 images")
    assert.include(error.rule, "is 8")
  }),
)
