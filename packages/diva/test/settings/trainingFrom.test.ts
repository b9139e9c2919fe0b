import { assert, describe, it } from "@effect/vitest"
import { attempt, input, isSpec, mapTree } from "@diva/tensor"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { tinyModels, tinyPrompts } from "../../src/demo/tinyModels.ts"
import { smallestSizes } from "../../src/demo/tinyRow.ts"
import { correctedSwitches, referenceSwitches, type Switches } from "../../src/objective/switches.ts"
import { priorNames, priors, rows } from "../../src/rows/rows.ts"
import { checkPartial, completeSettings } from "../../src/settings/checkSettings.ts"
import { settingNames, settingsShownAt } from "../../src/settings/trainSettings.ts"
import { trainingFrom } from "../../src/settings/trainingFrom.ts"
import { microStepProgram, microStepSpecs } from "../../src/train/plan/microProgram.ts"
import { titleOf } from "../../src/titled.ts"
import { settingsOf } from "../../src/train/config/settings.ts"
import { divaCropRanges } from "@diva/models"

const configs = E.getOrElseW((error: unknown): never => {
  throw error
})(tinyModels({ ...smallestSizes, layers: 2 }))

const needed = { "demo-data": true, "synthetic-weights": true }

/** The training that a configuration file of these settings describes. */
const trainingOf = Effect.fnUntraced(function* (given: Readonly<Record<string, unknown>>) {
  const settings = yield* completeSettings(yield* checkPartial({ ...needed, ...given }))
  return trainingFrom(settings, { configs, promptIds: tinyPrompts })
})

const data = { source: "none", seed: 1, size: 16, order: "samples", crop: divaCropRanges, shards: [] } as const

/** What the manifest shows of it. */
const shownOf = (given: Readonly<Record<string, unknown>>) =>
  Effect.map(trainingOf(given), (training) => settingsOf({ ...training, weights: {} as never }, data as never))

/** One value other than the reference's for every switch, as settings say it. Numbers: rows of the table of disagreements. */
const otherSwitches: readonly (readonly [string, unknown, keyof Switches, Switches[keyof Switches]])[] = [
  ["patch-draws", "without-replacement", "patchDraws", "withoutReplacement"], // 1, 2
  ["prompt", "empty", "prompt", "empty"], // 3
  ["visual-projection", "frozen", "visualProjection", "frozen"], // 5
  ["projection-rate", 0.1, "projectionRate", 0.1], // 5
  ["projection-warmup", 9, "projectionWarmup", 9], // 5
  ["inner-weighting", "uniform", "innerWeighting", "uniform"], // 6
  ["inner-weighting", "mean", "innerWeighting", "mean"], // 6
  ["reference-accumulation", 2, "referenceAccumulation", 2], // 6
  ["clip-norm", "none", "clipNorm", null], // 7
  ["clip-norm", "0.5", "clipNorm", 0.5], // 7
  ["vae-input", "correct", "vaeInput", "correct"], // 8
  ["tower-pixels", "tower-statistics", "towerPixels", "towerStatistics"], // 15
  ["tower-resize", "antialiased", "towerResize", "antialiased"], // 16
  ["train-steps", 1, "trainSteps", 1],
  ["noise", "shared-by-inner-draws", "noise", "sharedByInnerDraws"],
  ["noise", "shared-by-images", "noise", "sharedByImages"],
  ["noise", "shared-by-all", "noise", "sharedByAll"],
]

/** Every other part of the method, as settings say it and as manifests show it. */
const otherParts: readonly (readonly [string, unknown, string, unknown])[] = [
  ["condition", "random-share(0.15)", "condition", "randomPatches(share 0.15)"], // 1
  ["condition", "average-pool(3)", "condition", "averagePool(3)"],
  ["patches", 5, "condition", "randomPatches(5)"],
  ["text-combination", "mean", "textCombination", "mean"], // 4
  ["text-combination", "per-position", "textCombination", "perPosition"], // 4
  ["text-combination", "none", "textCombination", "none"], // 4
  ["precision", "medium", "precision", "medium"],
  ["loss", "l1", "loss", "l1"],
  ["loss", "huber(0.5)", "loss", "huber(0.5)"],
  ["loss", "min-snr(3)", "loss", "minSnr(3)"],
  ["timesteps", "per-batch", "timesteps", "perBatch"],
  ["timesteps", "inner-index", "timesteps", "innerIndex"],
  ["timesteps", "fixed(100, 400, 700)", "timesteps", "fixed(100, 400, 700)"],
  ["timesteps", "even-by-draw", "timesteps", "evenByDraw"],
  ["timesteps", "even-by-image", "timesteps", "evenByImage"],
  ["condition", "top-patches(40)", "condition", "topPatches(40)"],
  ["condition", "top-share(0.25)", "condition", "topPatches(share 0.25)"],
  ["timesteps", "between(200, 600)", "timesteps", "between(200, 600)"],
  ["timesteps", "logitNormal(0, 0.5)", "timesteps", "logitNormal(0, 0.5)"],
  ["tokens", "layer(2)", "tokens", "layer(2)"],
  ["projection", "mlp(4)", "projection", "mlp(4)"],
  ["projection", "normalised", "projection", "normalised"],
  ["regularisers", "feature-distance(0.1)", "regularisers", ["featureDistance(0.1)"]],
  [
    "regularisers",
    ["feature-distance(0.1)", "parameter-distance(2)"],
    "regularisers",
    ["featureDistance(0.1)", "parameterDistance(2)"],
  ],
  ["images-per-update", 32, "imagesPerUpdate", 32],
  ["partials", 4, "partials", 4],
]

describe("settings of a training", () => {
  it.effect("reach every switch", () =>
    Effect.gen(function* () {
      for (const [name, value, entry, wanted] of otherSwitches) {
        const { method } = yield* trainingOf({ [name]: value })
        assert.deepStrictEqual(method.switches, { ...referenceSwitches, [entry]: wanted }, name)
      }
      assert.sameMembers([...new Set(otherSwitches.map(([, , entry]) => entry))], Object.keys(referenceSwitches))
    }),
  )

  it.effect("reach every part of the method, under its title in manifests", () =>
    Effect.gen(function* () {
      for (const [name, value, entry, wanted] of otherParts)
        assert.deepStrictEqual((yield* shownOf({ [name]: value }))[entry], wanted as never, name)
    }),
  )

  it.effect("reach optimizer and schedule, and what they are made of", () =>
    Effect.gen(function* () {
      const { optimisation } = yield* trainingOf({
        optimizer: "adamw",
        "weight-decay": 0.1,
        schedule: "constant",
        "learning-rate": 0.5,
      })
      assert.strictEqual(titleOf(optimisation.optimizer), "adamw(weightDecay 0.1)")
      assert.strictEqual(optimisation.schedule(10)(7), 0.5)
      assert.strictEqual(titleOf((yield* trainingOf({ momentum: 0.5 })).optimisation.optimizer), "sgd(momentum 0.5)")
    }),
  )

  it.effect("tell a published row from models of a folder's own configuration", () =>
    Effect.gen(function* () {
      const settings = yield* completeSettings(yield* checkPartial({ ...needed, row: "metaclip-l14-224" }))
      const { clip } = rows["metaclip-l14-224"]
      const whole = trainingFrom(settings, { configs: { ...configs, clip }, promptIds: tinyPrompts })
      assert.include(whole.row, { name: "metaclip-l14-224", title: "MetaCLIP ViT-L-14" })
      assert.include((yield* trainingOf({})).row, { name: "openai-l14-224", title: "as configured" })
    }),
  )

  it.effect("tell one published diffusion model from another, and from a folder's own", () =>
    Effect.gen(function* () {
      const settings = yield* completeSettings(yield* checkPartial(needed))
      const named = (models: Partial<typeof configs>) =>
        trainingFrom(settings, { configs: { ...configs, ...models }, promptIds: tinyPrompts }).row.prior
      for (const name of priorNames) {
        const { unet, vae, text, noise } = priors[name]
        assert.strictEqual(named({ unet, vae, text, noise }), name)
        assert.strictEqual(named({ unet, vae, noise }), "as configured")
      }
    }),
  )

  it.effect("say nothing but the reference's, or what the paper says where the code errs", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* trainingOf({})).method.switches, referenceSwitches)
      const { method } = yield* trainingOf({ semantics: "corrected", prompt: "template" })
      assert.deepStrictEqual(method.switches, { ...correctedSwitches, prompt: "template" })
    }),
  )

  it.effect.each([
    [{ loss: "mse2" }, "mse"],
    [{ loss: "hubert(1)" }, "huber"],
    [{ loss: "hubre(1)" }, "huber"],
    [{ loss: "hupar(1)" }, "huber"],
    [{ timesteps: "per-samples" }, "per-sample"],
    [{ "vae-input": "corect" }, "correct"],
    [{ condition: "all-patchs" }, "all-patches"],
    [{ "text-combination": "per-positon" }, "per-position"],
    [{ projection: "normalized" }, "normalised"],
    [{ tokens: "towre" }, "tower"],
    [{ schedule: "cosin" }, "cosine"],
    [{ optimizer: "adam" }, "adamw"],
    [{ semantics: "corected" }, "corrected"],
    [{ precision: "hihg" }, "high"],
    [{ noise: "shared-by-imags" }, "sharedByImages"],
    [{ "data-order": "resevoir(9)" }, "reservoir"],
    [{ row: "openai-l14-225" }, "openai-l14-224"],
    [{ regularisers: ["feature-distanc(1)"] }, "feature-distance"],
  ] as const)("that name no value are refused with the nearest: %j", ([given, nearest]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(trainingOf(given))
      assert.strictEqual(error._tag, "ConfigInvalid")
      assert.include(error.remedy, `did you mean "${nearest}"?`)
    }),
  )

  it.effect("that take no such numbers are refused", () =>
    Effect.gen(function* () {
      for (const loss of ["mse(1)", "huber(a)", "huber(1, 2)", "huber(1"])
        assert.strictEqual((yield* Effect.flip(trainingOf({ loss })))._tag, "ConfigInvalid", loss)
    }),
  )

  it.effect.each([
    [{ loss: "huber(0)" }, "a number above 0"],
    [{ loss: "huber(-1)" }, "a number above 0"],
    [{ loss: "min-snr(0)" }, "a number above 0"],
    [{ condition: "random-patches(0)" }, "a whole number of at least 1"],
    [{ condition: "random-patches(1.5)" }, "a whole number of at least 1"],
    [{ condition: "random-share(2)" }, "at most 1"],
    [{ condition: "random-share(-1)" }, "at most 1"],
    [{ condition: "top-patches(0)" }, "a whole number of at least 1"],
    [{ condition: "top-share(1.5)" }, "at most 1"],
    [{ condition: "average-pool(0)" }, "a whole number of at least 1"],
    [{ tokens: "layer(0)" }, "a whole number of at least 1"],
    [{ tokens: "layer(1.5)" }, "a whole number of at least 1"],
    [{ projection: "mlp(0)" }, "a number above 0"],
    [{ timesteps: "between(600, 200)" }, "the smaller first"],
    [{ timesteps: "between(-5, 20)" }, "the smaller first"],
    [{ timesteps: "between(1.5, 20)" }, "the smaller first"],
    [{ timesteps: "logit-normal(0, -1)" }, "a number of at least 0"],
    [{ regularisers: ["feature-distance(-1)"] }, "a number of at least 0"],
    [{ regularisers: ["parameter-distance(-1)"] }, "a number of at least 0"],
  ] as const)("of numbers that would be taken for others are refused with what is wanted: %j", ([given, wanted]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(trainingOf(given))
      assert.strictEqual(error._tag, "ConfigInvalid")
      assert.include(error.remedy, wanted)
    }),
  )

  it.effect.each([
    [{ condition: "average-pool(99)" }, "has no window of 99"],
    [{ tokens: "layer(9)" }, "layer 9 was asked for"],
    [{ projection: "mlp(0.51)" }, "is no whole number"],
    [{ timesteps: "between(0, 2000)" }, "there is no timestep 1999"],
    [{ timesteps: "fixed(2000)" }, "there is no timestep 2000"],
  ] as const)("of numbers that the models do not have are refused before anything is computed: %j", ([given, rule]) =>
    Effect.gen(function* () {
      const training = yield* trainingOf({ ...given, "image-size": 16, "images-per-update": 1, batch: 1 })
      const planned = attempt(() => {
        const specs = microStepSpecs(training)
        return microStepProgram(training)(mapTree(specs, isSpec, (spec) => input(spec, "x")) as never)
      })
      assert.include(E.isLeft(planned) ? planned.left.rule : "", rule)
    }),
  )

  it.effect("that are no finite number are refused", () =>
    Effect.gen(function* () {
      for (const value of ["Infinity", "NaN", "0", "-1", "much"])
        assert.include((yield* Effect.flip(trainingOf({ "clip-norm": value }))).rule, "clip-norm", value)
    }),
  )

  it.effect("that split an update unevenly are refused", () =>
    Effect.gen(function* () {
      assert.include((yield* Effect.flip(trainingOf({ batch: 7 }))).rule, "does not divide")
      assert.include((yield* Effect.flip(trainingOf({ partials: 7 }))).rule, "does not divide")
    }),
  )

  it.effect("that decide numbers stand in manifests where they say", () =>
    Effect.gen(function* () {
      const shown = yield* shownOf({})
      for (const path of ["loss", "switches.vaeInput", "optimisation.updates", "imagesPerUpdate", "seed"])
        assert.isNotEmpty(settingsShownAt(path), path)
      assert.isDefined(shown["condition"])
      assert.isAbove(settingNames.length, 40)
    }),
  )
})
