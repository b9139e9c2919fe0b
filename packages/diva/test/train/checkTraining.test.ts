import { assert, describe, it } from "@effect/vitest"
import * as E from "fp-ts/lib/Either.js"
import { tinyRow } from "../../src/demo/tinyRow.ts"
import { trainingOf } from "../../src/experiment/trainingOf.ts"
import { mse } from "../../src/objective/loss.ts"
import { checkTraining } from "../../src/train/checkTraining.ts"
import { tinyConfig } from "./tinyRun.ts"

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

  it("is a change of what a training does not have", () => {
    const change = (changes: object) => () => trainingOf(tinyRow(), changes)
    assert.throws(change({ losss: mse }), "there is nothing called losss to change")
    assert.doesNotThrow(change({ loss: mse, updates: 3, precision: "high", stopAfter: 2 }))
  })

  it("is none of those that a run has", () => assert.isUndefined(problemOf({})))
})
