import { input, interpret, mapTree, type HostArray } from "@diva/tensor"
import { describe, expect, test } from "vitest"
import {
  activationsOf,
  clipBlocks,
  clipTextFeatures,
  clipVisionTower,
  openaiArguments,
  openClipConfigs,
  parseOpenaiClip,
  parseOpenClip,
} from "../../src/index.ts"
import { expectClose } from "../support/difference.ts"
import { readCase, right } from "../support/goldenCase.ts"

const isArray = (value: unknown): value is HostArray => typeof value === "object" && value !== null && "data" in value

/** A stored case's model, its inputs as tensors, and their numbers. */
const stored = async (folder: string) => {
  const { config, weights, inputs, expected, tolerance } = await readCase(folder)
  const arrays = { params: weights, inputs }
  const tensors = mapTree(arrays, isArray, ({ shape, dtype }, path) => input({ shape, dtype }, path))
  const numbers = Object.entries(arrays).flatMap(([group, named]) =>
    Object.entries(named).map(([name, array]) => [`${group}.${name}`, array] as const),
  )
  return { config, expected, tolerance, ...tensors, given: new Map(numbers) }
}

describe("activations by module", () => {
  test("a block of each tower, all tokens and the pooled text come from one description", async () => {
    const { config: raw, params, inputs, given, expected, tolerance } = await stored("02a_openai_clip")
    const config = right(parseOpenaiClip(raw))
    const blocks = clipBlocks(config)
    const [image, text] = [blocks.image[0]!, "ln_final"]
    const seen = activationsOf([image], (observe) => clipVisionTower(config)(params, inputs["image"]!, { observe }))
    const read = activationsOf([text], (observe) => clipTextFeatures(config)(params, inputs["ids"]!, { observe }))
    expect(seen.result.tokens.shape).toHaveLength(3)
    const got = interpret(
      {
        encode_image: seen.result.pooled,
        encode_text: read.result.pooled,
        [`act.${image}`]: seen.activations[image]!,
        [`act.${text}`]: read.activations[text]!,
      },
      given,
    )
    const wanted = Object.fromEntries(Object.entries(expected).filter(([name]) => name in got))
    expect(Object.keys(wanted)).toHaveLength(4)
    expectClose(got, wanted, tolerance)
    expect(interpret({ tokens: read.result.tokens }, given).tokens.data).toEqual(got[`act.${text}`]!.data)
  })

  test("a module that is not computed is answered with the nearest that is", async () => {
    const { config: raw, params, inputs } = await stored("02a_openai_clip")
    const describeImage = () =>
      activationsOf(["visual.transformer.resblock.0"], (observe) =>
        clipVisionTower(right(parseOpenaiClip(raw)))(params, inputs["image"]!, { observe }),
      )
    expect(describeImage).toThrow(/did you mean visual\.transformer\.resblocks\.0\?/)
  })

  test.each([
    ["openai-l14-336", right(parseOpenaiClip(openaiArguments["openai-l14-336"])), 24, 12],
    ["dfn-h14-378", right(parseOpenClip(openClipConfigs["dfn-h14-378"])), 32, 24],
    ["siglip-so400m-14-384", right(parseOpenClip(openClipConfigs["siglip-so400m-14-384"])), 27, 27],
  ])("%s names its blocks", (_, config, images, texts) => {
    const { image, text } = clipBlocks(config)
    expect([image.length, text.length]).toEqual([images, texts])
    expect(image[3]).toBe(config.family === "timm" ? "visual.trunk.blocks.3" : "visual.transformer.resblocks.3")
    expect(text[3]).toBe(`${config.family === "timm" ? "text." : ""}transformer.resblocks.3`)
  })
})
