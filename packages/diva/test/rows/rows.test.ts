import { shapesOf, parameterCount, clipParameters, patchCount } from "@diva/models"
import { input, type Spec } from "@diva/tensor"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { referenceMethod } from "../../src/objective/method.ts"
import { divaModels } from "../../src/objective/standardModels.ts"
import { priorNames, rowConfigs, rowNames, rowOf, isRowName, type PriorName } from "../../src/rows/index.ts"
import { syntheticWeights } from "../../src/weights/initialWeights.ts"
import { checkWeights } from "../../src/train/machine/parameterTrees.ts"

/** Source: spec of the method §3, model zoo §6: parameters, tokens N, width D, how the text joins. */
const expected = {
  "openai-l14-224": [427_616_513, 303_966_208, 77, 768, "perPosition", 787_456],
  "openai-l14-336": [427_944_193, 304_293_888, 77, 768, "perPosition", 787_456],
  "metaclip-l14-224": [427_616_513, 303_966_208, 257, 768, "mean", 787_456],
  "metaclip-h14-224": [986_109_441, 632_076_800, 257, 1024, "mean", 1_049_600],
  "siglip-so400m-14-224": [877_360_306, 427_680_704, 43, 1152, "mean", 1_180_672],
  "siglip-so400m-14-384": [877_960_498, 428_225_600, 73, 1152, "mean", 1_180_672],
  "dfn-h14-224": [986_109_441, 632_076_800, 257, 1024, "mean", 1_049_600],
  "dfn-h14-378": [986_714_881, 632_682_240, 365, 1024, "mean", 1_049_600],
} as const

const f32 = (...shape: readonly number[]): Spec => ({ shape, dtype: "f32" })

const modelsOf = (name: (typeof rowNames)[number], prior?: PriorName) => {
  const configs = rowConfigs(name, prior)
  return { configs, models: divaModels(configs) }
}

const retained = (name: (typeof rowNames)[number]) => {
  const { configs } = modelsOf(name)
  const { vision, embedWidth } = configs.clip
  return rowOf(name).condition({
    global: input(f32(1, 1, embedWidth), "global"),
    patches: input(f32(1, patchCount(vision), embedWidth), "patches"),
    draw: (count) => input({ shape: [1, count], dtype: "i32" }, "indices"),
  }).shape
}

describe("rows", () => {
  it("are the eight of the published method", () => {
    expect(rowNames).toEqual(Object.keys(expected))
    expect(isRowName("openai-l14-225")).toBe(false)
    expect(isRowName("toString")).toBe(false)
  })

  it.each(rowNames)("%s has the published numbers of parameters", (name) => {
    const { configs, models } = modelsOf(name)
    const [all, image, , , , projection] = expected[name]
    expect(parameterCount(clipParameters(configs.clip))).toBe(all)
    expect(parameterCount(models.image.parameters)).toBe(image)
    expect(models.prior.unet.contextWidth * (models.image.width + 1)).toBe(projection)
  })

  it.each(rowNames)("%s retains as many tokens of the width as the original", (name) => {
    const [, , tokens, width, combination] = expected[name]
    expect(retained(name)).toEqual([1, tokens, width])
    // The text is added position by position where there are as many tokens as positions.
    expect(tokens === 77).toBe(combination === "perPosition")
  })

  it.each(priorNames)("train against %s", (prior) => {
    const { models } = modelsOf("openai-l14-224", prior)
    const [unet, text, width] = {
      "sd-2-1-base": [865_910_724, 340_387_840, 1024],
      "sd-1-4": [859_520_964, 123_060_480, 768],
    }[prior]
    expect(parameterCount(models.prior.unet.parameters)).toBe(unet)
    expect(parameterCount(models.prior.text.parameters)).toBe(text)
    expect(models.prior.unet.contextWidth).toBe(width)
    expect(parameterCount(models.prior.vae.parameters)).toBe(34_163_664)
  })

  it("of full size have synthetic weights of every name and shape, none of them in memory", () => {
    const { configs, models } = modelsOf("siglip-so400m-14-224")
    const weights = syntheticWeights(configs, models, 3)
    expect(E.isRight(checkWeights(referenceMethod(models), weights))).toBe(true)
    expect(weights.clip.size).toBe(Object.keys(shapesOf(clipParameters(configs.clip))).length)
    expect([...weights.unet.values()].every((array) => !("data" in array))).toBe(true)
  })

  it("name the published resolution and how pictures are fitted", () => {
    expect(rowNames.map((name) => rowOf(name).evaluation.size)).toEqual([224, 336, 224, 224, 224, 384, 224, 378])
    expect(rowNames.filter((name) => rowOf(name).evaluation.fit === "squash")).toEqual([
      "siglip-so400m-14-224",
      "siglip-so400m-14-384",
    ])
  })
})
