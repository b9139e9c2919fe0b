import { describe, expect, test } from "vitest"
import {
  initialise,
  parameterCount,
  parseOpenaiClip,
  clipParameters,
  specsOf,
  type Parameter,
} from "../../src/index.ts"
import { right } from "../support/goldenCase.ts"

const config = right(
  parseOpenaiClip({
    embed_dim: 32,
    image_resolution: 28,
    vision_layers: 2,
    vision_width: 64,
    vision_patch_size: 14,
    context_length: 8,
    vocab_size: 50,
    transformer_width: 64,
    transformer_heads: 1,
    transformer_layers: 1,
  }),
)
const parameters = clipParameters(config)

describe("first values", () => {
  test("are the same for the same seed and differ for another", () => {
    expect(initialise(parameters, 5)).toEqual(initialise(parameters, 5))
    const [a, b] = [5, 6].map((seed) => initialise(parameters, seed)["visual.proj"]!.data)
    expect(a).not.toEqual(b)
  })

  test("of one parameter do not depend on the others", () => {
    const alone = parameters.filter(({ name }) => name === "visual.proj")
    expect(initialise(alone, 5)["visual.proj"]).toEqual(initialise(parameters, 5)["visual.proj"])
  })

  test("fill every declared parameter in its shape", () => {
    const arrays = initialise(parameters, 5)
    expect(Object.keys(arrays)).toEqual(parameters.map(({ name }) => name))
    const total = Object.values(arrays).reduce((sum, { data }) => sum + data.length, 0)
    expect(total).toBe(parameterCount(parameters))
    for (const [name, { shape, dtype }] of Object.entries(specsOf(parameters)))
      expect(arrays[name]).toMatchObject({ shape, dtype })
  })

  test("are one for norm gains, zero for biases and the customary temperature for logits", () => {
    const arrays = initialise(parameters, 5)
    expect(arrays["visual.ln_pre.weight"]!.data.every((value) => value === 1)).toBe(true)
    expect(arrays["visual.transformer.resblocks.1.attn.in_proj_bias"]!.data.every((value) => value === 0)).toBe(true)
    expect(arrays["logit_scale"]!.data[0]).toBeCloseTo(Math.log(1 / 0.07), 6)
  })

  test("of a matrix are normal: mean 0, the declared deviation, and one in twenty beyond two of it", () => {
    const declared: Parameter = { name: "w", shape: [200, 250], initial: { kind: "normal", deviation: 0.25 } }
    const data = Array.from(initialise([declared], 11)["w"]!.data)
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length)
    const far = data.reduce((count, value) => count + (Math.abs(value) > 0.5 ? 1 : 0), 0) / data.length
    expect(Math.abs(mean)).toBeLessThan(0.005)
    expect(deviation).toBeCloseTo(0.25, 2)
    expect(far).toBeCloseTo(0.0455, 2)
  })
})
