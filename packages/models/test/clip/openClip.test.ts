import { describe, expect, test } from "vitest"
import {
  clipParameters,
  clipVisionParameters,
  openClipConfigs,
  parameterCount,
  parseOpenClip,
  tokenCount,
} from "../../src/index.ts"
import { left, right } from "../support/goldenCase.ts"

describe("the full-size models", () => {
  test.each([
    ["metaclip-l14-224", 427_616_513, 303_966_208, 257],
    ["metaclip-h14-224", 986_109_441, 632_076_800, 257],
    ["siglip-so400m-14-224", 877_360_306, 427_680_704, 256],
    ["siglip-so400m-14-384", 877_960_498, 428_225_600, 729],
    ["dfn-h14-224", 986_109_441, 632_076_800, 257],
    ["dfn-h14-378", 986_714_881, 632_682_240, 730],
  ] as const)("%s has %i parameters, %i of them in the image tower of %i tokens", (name, all, vision, tokens) => {
    const config = right(parseOpenClip(openClipConfigs[name]))
    expect(parameterCount(clipParameters(config))).toBe(all)
    expect(parameterCount(clipVisionParameters(config))).toBe(vision)
    expect(tokenCount(config.vision)).toBe(tokens)
  })
})

describe("configuration", () => {
  const huge = openClipConfigs["metaclip-h14-224"]
  const siglip = openClipConfigs["siglip-so400m-14-224"]

  test.each([
    ["a missing tower", { ...huge, vision_cfg: undefined }, "vision_cfg"],
    [
      "a head width that does not divide",
      { ...huge, vision_cfg: { ...huge.vision_cfg, head_width: 72 } },
      "head_width",
    ],
    [
      "pooling that is not implemented",
      { ...huge, vision_cfg: { ...huge.vision_cfg, attentional_pool: true } },
      "attentional_pool",
    ],
    [
      "another text encoder",
      { ...huge, text_cfg: { ...huge.text_cfg, hf_model_name: "roberta-base" } },
      "hf_model_name",
    ],
    [
      "an unknown trunk",
      { ...siglip, vision_cfg: { ...siglip.vision_cfg, timm_model_name: "resnet50" } },
      "timm_model_name",
    ],
    ["a trunk of another width than the embedding", { ...siglip, embed_dim: 768 }, "embed_dim"],
    ["another pool of the trunk", { ...siglip, vision_cfg: { ...siglip.vision_cfg, timm_pool: "avg" } }, "timm_pool"],
  ])("%s is refused, naming the field", (_, raw, field) => {
    expect(left(parseOpenClip(raw))).toMatchObject({ _tag: "ConfigInvalid", field })
  })

  test("without quick_gelu the activation is the exact GELU", () => {
    const { quick_gelu: quick, ...exact } = huge
    expect(quick).toBe(true)
    expect(right(parseOpenClip(exact)).vision.activation).toBe("gelu")
    expect(right(parseOpenClip(huge)).vision.activation).toBe("quickGelu")
  })
})
