import { assert, describe, it } from "@effect/vitest"
import * as E from "fp-ts/lib/Either.js"
import { tinyRow } from "../../src/demo/tinyRow.ts"
import { trainingOf } from "../../src/experiment/trainingOf.ts"
import { mse } from "../../src/objective/loss.ts"
import { checkTraining } from "../../src/train/checkTraining.ts"
import { tinyConfig } from "./tinyRun.ts"

const { optimisation, method } = tinyConfig

/** Why a training with one part of its method exchanged cannot be. */
const problemOf = (changes: object) => {
  const checked = checkTraining({ ...tinyConfig, method: { ...tinyConfig.method, ...(changes as object) } })
  return E.isLeft(checked) ? checked.left : undefined
}

const { models, projection } = tinyConfig.method

describe("a part of the method that is no known value", () => {
  it.each([
    ["condition", { condition: "allPatchs" }, "allPatches"],
    ["loss", { loss: "mes" }, "mse"],
    ["timesteps", { timesteps: "timestepPerSampel" }, "timestepPerSample"],
    ["textCombination", { textCombination: "textMaen" }, "textMean"],
    ["tokens", { tokens: "towerToken" }, "towerTokens"],
    ["projection", { projection: "linearProjecton" }, "linearProjection"],
    ["regularisers", { regularisers: ["featureDistanc"] }, "featureDistance"],
  ])("(%s) is an error with the nearest name", (setting, changes, nearest) => {
    const problem = problemOf(changes)
    assert.strictEqual(problem?.setting, setting)
    assert.include(problem!.remedy, `did you mean the value ${nearest}?`)
  })

  it.each([
    ["models.image", { models: { ...models, image: {} } }],
    ["models.prior", { models: { ...models, prior: undefined } }],
    ["projection", { projection: { ...projection, title: "" } }],
  ])("(%s) is refused where something of it is missing", (setting, changes) => {
    const problem = problemOf(changes)
    assert.strictEqual(problem?.setting, setting)
    assert.notStrictEqual(problem!.remedy, "")
  })

  it("is a switch that there is not", () => {
    const switches = { ...tinyConfig.method.switches, nois: "perInnerDraw" }
    assert.include(problemOf({ switches }), { setting: "switches.nois", remedy: "did you mean noise?" })
  })

  it.each([
    ["optimizer", { optimisation: { ...optimisation, optimizer: "sdg" } }, "the value sgdWith"],
    ["schedule", { optimisation: { ...optimisation, schedule: "cosin" } }, "the value cosineSchedule"],
    ["draws", { draws: "keyedSorce" }, "the value keyedSource"],
    ["precision", { precision: "hihg" }, '"high"'],
    ["frozenStorage", { frozenStorage: "f61" }, '"f16"'],
    ["execution.recompute", { execution: { images: 1, draws: 1, recompute: ["uent"] } }, '"unet"'],
  ])("(%s) is an error outside the method too", (setting, changes, nearest) => {
    const checked = checkTraining({ ...tinyConfig, ...(changes as object) })
    assert.include(E.isLeft(checked) ? checked.left : {}, { setting, remedy: `did you mean ${nearest}?` })
  })

  it.each([
    ["switches.trainSteps", { method: { ...method, switches: { ...method.switches, trainSteps: "2" } } }],
    ["switches.trainSteps", { method: { ...method, switches: { ...method.switches, trainSteps: 1.5 } } }],
    ["switches.clipNorm", { method: { ...method, switches: { ...method.switches, clipNorm: "none" } } }],
    ["switches.clipNorm", { method: { ...method, switches: { ...method.switches, clipNorm: -1 } } }],
    [
      "switches.projectionRate",
      { method: { ...method, switches: { ...method.switches, projectionRate: Number.NaN } } },
    ],
    ["switches.projectionWarmup", { method: { ...method, switches: { ...method.switches, projectionWarmup: -1 } } }],
    [
      "switches.referenceAccumulation",
      { method: { ...method, switches: { ...method.switches, referenceAccumulation: 0 } } },
    ],
    ["imagesPerUpdate", { method: { ...method, imagesPerUpdate: 0 } }],
    ["updates", { optimisation: { ...optimisation, updates: Number.NaN } }],
    ["batchSize", { batchSize: -1 }],
    ["partials", { partials: 0.5 }],
    ["imageSize", { imageSize: 0 }],
    ["seed", { seed: -1 }],
    ["checkpointEvery", { checkpointEvery: 0 }],
    ["stopAfter", { stopAfter: 0 }],
    ["execution.draws", { execution: { images: 1, draws: 0, recompute: [] } }],
    ["maxHours", { maxHours: -1 }],
    ["memoryBudget", { memoryBudget: "8GiB" }],
  ])("(%s) may be a number that cannot be meant", (setting, changes) => {
    const checked = checkTraining({ ...tinyConfig, ...(changes as object) })
    assert.include(E.isLeft(checked) ? checked.left : {}, { setting })
    assert.match(E.isLeft(checked) ? checked.left.remedy : "", /^give /)
  })

  it("is a regulariser without a list", () =>
    assert.strictEqual(problemOf({ regularisers: "featureDistance" })?.setting, "regularisers"))

  it("is a change of what a training does not have", () => {
    const change = (changes: object) => () => trainingOf(tinyRow(), changes)
    assert.throws(change({ losss: mse }), "there is nothing called losss to change")
    assert.throws(change({ models: { imag: models.image } }), "there is nothing called models.imag to change")
    assert.throws(change({ semantics: "corected" }), 'semantics cannot be "corected"')
    assert.doesNotThrow(change({ loss: mse, updates: 3, precision: "high", stopAfter: 2 }))
  })

  it("is none of those that a run has", () => assert.isUndefined(problemOf({})))
})
