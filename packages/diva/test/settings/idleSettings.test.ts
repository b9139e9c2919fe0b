import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkPartial, completeSettings } from "../../src/settings/checkSettings.ts"

type Given = Readonly<Record<string, unknown>>

const needed: Given = { "demo-data": true, "synthetic-weights": true }

const completed = (...sources: readonly Given[]) =>
  Effect.flatMap(
    Effect.forEach(sources, (source) => checkPartial(source)),
    (checked) => completeSettings(...checked),
  )

describe("settings of a run", () => {
  const weights = { clip: "clip.safetensors", sd: "sd", data: ["a.tar"] }

  it.effect.each([
    ["patches", { condition: "all-patches", patches: 5 }],
    ["patches", { condition: "random-patches(7)", patches: 5 }],
    ["patch-draws", { condition: "top-patches(3)", "patch-draws": "withoutReplacement" }],
    ["patch-draws", { row: "metaclip-l14-224", "patch-draws": "withoutReplacement" }],
    ["momentum", { optimizer: "adamw", momentum: 0.5 }],
    ["projection-rate", { "visual-projection": "frozen", "projection-rate": 0.5 }],
    ["projection-warmup", { "visual-projection": "frozen", "projection-warmup": 5 }],
    ["reference-accumulation", { "inner-weighting": "mean", "reference-accumulation": 3 }],
    ["reference-accumulation", { semantics: "corrected", "reference-accumulation": 3 }],
    ["prompt", { "text-combination": "none", prompt: "empty" }],
    ["clip", { "synthetic-weights": true }],
    ["sd", { "synthetic-weights": true, clip: undefined, "sd-config": "sd-2-1-base" }],
    ["data", { "demo-data": true }],
    ["keep-best", { "keep-best": "MMVP" }],
    ["eval-mmvp", { "eval-mmvp": "MMVP_VLM" }],
    ["eval-data", { "eval-data": ["cifar10"], "keep-best": "loss" }],
    ["eval-every", { "eval-every": 10 }],
    ["eval-every", { ...needed, clip: undefined, sd: undefined, data: undefined, "eval-every": 10, "eval-mmvp": "x" }],
  ] as const)("%s is refused where it would do nothing, with what to do about it", ([field, given]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(completed({ ...weights, ...given }))
      assert.strictEqual(error.field, field)
      assert.include(error.rule, "would do nothing")
      assert.notStrictEqual(error.remedy, "")
    }),
  )

  it.effect("of an earlier source may be left without use by a later one, which changes its mind", () =>
    Effect.gen(function* () {
      const file = {
        ...weights,
        patches: 5,
        momentum: 0.5,
        "inner-weighting": "reference",
        "reference-accumulation": 3,
      }
      yield* completed(file, { condition: "all-patches", optimizer: "adamw", semantics: "corrected" })
      yield* completed(file, { "synthetic-weights": true, "demo-data": true })
      const error = yield* Effect.flip(completed({ ...weights, condition: "all-patches" }, { patches: 5 }))
      assert.strictEqual(error.field, "patches")
    }),
  )

  it.effect.each([
    { "keep-best": "loss" },
    { "keep-best": "MMVP", "eval-every": 10, "eval-mmvp": "MMVP_VLM" },
    { condition: "random-patches", patches: 5 },
    { patches: 5, "patch-draws": "withoutReplacement" },
    { semantics: "corrected", "inner-weighting": "reference", "reference-accumulation": 3 },
  ])("%j is fine", (given) => completed({ ...weights, ...given }))
})
