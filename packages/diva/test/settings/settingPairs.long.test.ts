import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { divaCropRanges } from "@diva/models"
import * as E from "fp-ts/lib/Either.js"
import { tinyModels, tinyPrompts } from "../../src/demo/tinyModels.ts"
import { smallestSizes } from "../../src/demo/tinyRow.ts"
import { checkPartial, completeSettings } from "../../src/settings/checkSettings.ts"
import { trainingFrom } from "../../src/settings/trainingFrom.ts"
import { settingNames, trainSettings, type SettingName } from "../../src/settings/trainSettings.ts"
import { settingsOf } from "../../src/train/config/settings.ts"

const configs = E.getOrElseW((error: unknown): never => {
  throw error
})(tinyModels(smallestSizes))

const data = { source: "none", seed: 1, size: 16, order: "samples", crop: divaCropRanges, shards: [] } as const

type Given = Readonly<Record<string, unknown>>

const needed: Given = { "demo-data": true, "synthetic-weights": true }

/** What the manifest would show of a run, or "refused". */
const shownOf = (given: Given) =>
  checkPartial({ ...needed, ...given }).pipe(
    Effect.flatMap((checked) => completeSettings(checked)),
    Effect.map((settings) => {
      const training = trainingFrom(settings, { configs, promptIds: tinyPrompts })
      const { draws = "keyed", ...shown } = settingsOf({ ...training, weights: {} as never }, data as never)
      return JSON.stringify({ draws, ...shown })
    }),
    Effect.orElseSucceed(() => "refused"),
  )

/** Values other than the default of every setting that decides a run's numbers. */
const values: Readonly<Partial<Record<SettingName, readonly unknown[]>>> = {
  "f16-frozen": [true],
  precision: ["medium"],
  updates: [7],
  "images-per-update": [32],
  batch: [8],
  partials: [2],
  "learning-rate": [0.5],
  "warmup-ratio": [0.25],
  schedule: ["linear", "constant"],
  optimizer: ["adamw"],
  momentum: [0.5],
  "weight-decay": [0.25],
  seed: [7],
  "image-size": [64],
  semantics: ["corrected"],
  "train-steps": [3],
  tokens: ["layer(1)"],
  condition: ["random-share(0.5)", "top-patches(3)", "top-share(0.5)", "all-patches", "average-pool(2)", "class-only"],
  patches: [5],
  "patch-draws": ["withoutReplacement"],
  projection: ["normalised", "mlp"],
  "visual-projection": ["frozen"],
  "projection-rate": [0.5],
  "projection-warmup": [3],
  "text-combination": ["per-position", "mean", "none"],
  prompt: ["empty"],
  loss: ["l1"],
  timesteps: ["per-batch"],
  noise: ["sharedByImages"],
  regularisers: [["feature-distance(1)"]],
  "vae-input": ["correct"],
  "tower-pixels": ["towerStatistics"],
  "tower-resize": ["antialiased"],
  "inner-weighting": ["uniform"],
  "reference-accumulation": [3],
  "clip-norm": ["none"],
}

const singles = Object.entries(values).flatMap(([name, each]) => each.map((value): Given => ({ [name]: value })))

/** Where one of a pair says what the other says anyway. */
const sameSaid = (a: Given, b: Given): boolean =>
  "semantics" in a || "semantics" in b || Object.keys(a)[0] === Object.keys(b)[0]

describe("settings of a run", () => {
  it("that decide its numbers are all in the sweep", () => {
    const shown = settingNames.filter((name) => {
      const { entry } = trainSettings[name] as { readonly entry?: string }
      return entry !== undefined && !entry.startsWith("data.")
    })
    assert.sameMembers([...shown, "semantics"], Object.keys(values))
  })

  it.effect(
    "each show in the manifest beside any other, or are refused: none does silently nothing",
    () =>
      Effect.gen(function* () {
        const silent: string[] = []
        for (const one of singles) {
          const alone = yield* shownOf(one)
          assert.notStrictEqual(alone, yield* shownOf({}), JSON.stringify(one))
          for (const other of singles) {
            if (sameSaid(one, other)) continue
            if ((yield* shownOf({ ...other, ...one })) === alone) silent.push(JSON.stringify({ ...one, ...other }))
          }
        }
        assert.deepStrictEqual(silent, [])
      }),
    120_000,
  )
})
