import { input, interpret, type HostArray, type Shape } from "@diva/tensor"
import { beforeAll, describe, expect, test } from "vitest"
import {
  clipParameters,
  clipTextTower,
  clipVisionParameters,
  clipVisionTower,
  initialise,
  openaiArguments,
  parameterCount,
  parseOpenaiClip,
  shapesOf,
  type ClipConfig,
  type Remat,
} from "../../src/index.ts"
import { left, readCase, readJson, right, type Arrays, type GoldenCase } from "../support/goldenCase.ts"

const large = openaiArguments["openai-l14-224"]

describe("the full-size model", () => {
  test("declares exactly the names and shapes of the published ViT-L/14", async () => {
    const manifest = await readJson("01_manifests/OpenAI-ViT-L-14.json")
    const stored = manifest["state_dict"] as Readonly<Record<string, { readonly shape: Shape }>>
    const expected = Object.fromEntries(Object.entries(stored).map(([name, { shape }]) => [name, shape]))
    expect(shapesOf(clipParameters(right(parseOpenaiClip(manifest["config"]))))).toEqual(expected)
  })

  test.each([
    ["openai-l14-224", 427_616_513, 303_966_208],
    ["openai-l14-336", 427_944_193, 304_293_888],
  ] as const)("%s has %i parameters, %i of them in the image tower", (name, all, vision) => {
    const config = right(parseOpenaiClip(openaiArguments[name]))
    expect(parameterCount(clipParameters(config))).toBe(all)
    expect(parameterCount(clipVisionParameters(config))).toBe(vision)
  })

  test("only the image tower's names start with visual", () => {
    const config = right(parseOpenaiClip(large))
    const visual = clipParameters(config).filter(({ name }) => name.startsWith("visual."))
    expect(visual).toEqual(clipVisionParameters(config))
  })
})

describe("configuration", () => {
  test.each([
    ["a missing field", { ...large, embed_dim: undefined }, "embed_dim"],
    ["a fraction", { ...large, vision_width: 1.5 }, "vision_width"],
    ["a ResNet tower", { ...large, vision_layers: [3, 4, 6, 3] }, "vision_layers"],
    ["a width narrower than a head", { ...large, vision_width: 32 }, "vision_width"],
    ["heads that do not divide the width", { ...large, transformer_heads: 7 }, "transformer_heads"],
    ["patches larger than the image", { ...large, vision_patch_size: 225 }, "vision_patch_size"],
  ])("%s is refused, naming the field", (_, raw, field) => {
    expect(left(parseOpenaiClip(raw))).toMatchObject({ _tag: "ConfigInvalid", field })
  })

  test("something that is no object is refused", () => {
    expect(left(parseOpenaiClip("ViT-L/14"))._tag).toBe("ConfigInvalid")
  })
})

describe("the image tower", () => {
  let stored: GoldenCase
  let config: ClipConfig
  beforeAll(async () => {
    stored = await readCase("02a_openai_clip")
    config = right(parseOpenaiClip(stored.config))
  })

  const inputsOf = (arrays: Arrays) =>
    Object.fromEntries(Object.entries(arrays).map(([name, { shape, dtype }]) => [name, input({ shape, dtype }, name)]))
  const given = (draws?: HostArray) =>
    new Map(Object.entries({ ...stored.weights, ...stored.inputs, ...(draws === undefined ? {} : { draws }) }))

  test("retained tokens are the class token and the drawn ones of all tokens, in the order of the draw", () => {
    const draws: HostArray = {
      shape: [3, 4],
      dtype: "i32",
      data: new Int32Array([0, 24, 7, 7, 3, 2, 1, 0, 24, 0, 12, 5]),
    }
    const { image } = inputsOf(stored.inputs)
    const params = inputsOf(stored.weights)
    const tower = clipVisionTower(config)
    const some = tower(params, image!, { draws: input({ shape: [3, 4], dtype: "i32" }, "draws") })
    const all = tower(params, image!)
    const { chosen, whole, pooled } = interpret(
      { chosen: some.tokens, whole: all.tokens, pooled: some.pooled },
      given(draws),
    )
    expect(chosen.shape).toEqual([3, 5, 40])
    const row = (array: HostArray, sample: number, token: number) => {
      const start = (sample * array.shape[1]! + token) * 40
      return Array.from(array.data.subarray(start, start + 40))
    }
    for (let sample = 0; sample < 3; sample++) {
      expect(row(chosen, sample, 0)).toEqual(row(whole, sample, 0))
      expect(Array.from(pooled.data.subarray(sample * 40, (sample + 1) * 40))).toEqual(row(whole, sample, 0))
      for (let k = 0; k < 4; k++)
        expect(row(chosen, sample, 1 + k)).toEqual(row(whole, sample, 1 + draws.data[sample * 4 + k]!))
    }
  })

  test("a patch that is not seen decides nothing, and one that is does", () => {
    const { image } = inputsOf(stored.inputs)
    const params = inputsOf(stored.weights)
    const seen = input({ shape: [3, 1], dtype: "i32" }, "seen")
    const { pooled } = clipVisionTower(config)(params, image!, { seen })
    const pixels = stored.inputs["image"]!
    const of = (changed: number): Float32Array => {
      const data = Float32Array.from(pixels.data)
      if (changed >= 0) data[changed] = data[changed]! + 1
      const values = new Map([
        ...given(),
        ["image", { ...pixels, data }] as const,
        ["seen", { shape: [3, 1], dtype: "i32", data: Int32Array.of(0, 0, 0) } satisfies HostArray] as const,
      ])
      return (interpret({ pooled }, values) as { readonly pooled: HostArray }).pooled.data as Float32Array
    }
    const last = pixels.shape[1]! * pixels.shape[2]! * pixels.shape[3]! - 1
    expect(of(last)).toEqual(of(-1))
    expect(of(0)).not.toEqual(of(-1))
  })

  test("remat is given every block and changes no value", () => {
    let blocks = 0
    const remat: Remat =
      (block) =>
      (...inputs) => {
        blocks++
        return block(...inputs)
      }
    const { image, ids } = inputsOf(stored.inputs)
    const params = inputsOf(stored.weights)
    const plain = clipVisionTower(config)(params, image!).pooled
    const wrapped = clipVisionTower(config)(params, image!, { remat }).pooled
    expect(blocks).toBe(config.vision.depth)
    clipTextTower(config)(params, ids!, { remat })
    expect(blocks).toBe(config.vision.depth + config.text.depth)
    const values = interpret({ plain, wrapped }, given())
    expect(values.wrapped.data).toEqual(values.plain.data)
  })

  test("a missing parameter is named, with the nearest that is there", () => {
    const { "visual.ln_pre.weight": gone, ...rest } = inputsOf(stored.weights)
    const { image } = inputsOf(stored.inputs)
    expect(gone).toBeDefined()
    expect(() => clipVisionTower(config)({ ...rest, "visual.ln_pr.weight": gone! }, image!)).toThrow(
      expect.objectContaining({
        _tag: "ParameterMissing",
        name: "visual.ln_pre.weight",
        nearest: "visual.ln_pr.weight",
      }),
    )
  })

  test.each([
    [56, 70],
    [71, 70],
    [70, 84],
  ])("images of %i × %i pixels are refused by a tower for 70 × 70", (height, width) => {
    const image = input({ shape: [1, 3, height, width], dtype: "f32" }, "image")
    expect(() => clipVisionTower(config)(inputsOf(stored.weights), image)).toThrow(
      expect.objectContaining({ _tag: "ShapeMismatch", op: "visionTower" }),
    )
  })

  test("a fresh model gives finite vectors of a sensible size", () => {
    const fresh = initialise(clipParameters(config), 7)
    const { image } = inputsOf(stored.inputs)
    const pooled = clipVisionTower(config)(inputsOf(fresh), image!).pooled
    const { data } = interpret(pooled, new Map(Object.entries({ ...fresh, ...stored.inputs })))
    const spread = Math.sqrt(Array.from(data).reduce((total, value) => total + value * value, 0) / data.length)
    expect(spread).toBeGreaterThan(0.1)
    expect(spread).toBeLessThan(10)
  })
})
