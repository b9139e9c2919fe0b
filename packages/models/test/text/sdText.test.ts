import type { Shape } from "@diva/tensor"
import { constant, input } from "@diva/tensor"
import { expect, test } from "vitest"
import {
  parameterCount,
  parseSdText,
  sdTextEncoder,
  sdTextParameters,
  shapesOf,
  specsOf,
  stableDiffusionConfigs,
} from "../../src/index.ts"
import { left, readJson, right } from "../support/goldenCase.ts"

const raw = stableDiffusionConfigs["sd-2-1-base"].text_encoder

test("the full-size encoder declares exactly the names and shapes of Stable Diffusion 2.1's", async () => {
  const manifest = await readJson("01_manifests/SD21-text_encoder.json")
  const stored = manifest["state_dict"] as Readonly<Record<string, { readonly shape: Shape }>>
  const expected = Object.fromEntries(Object.entries(stored).map(([name, { shape }]) => [name, shape]))
  expect(shapesOf(sdTextParameters(right(parseSdText(manifest["config"]))))).toEqual(expected)
})

test.each([
  ["sd-2-1-base", 340_387_840],
  ["sd-1-4", 123_060_480],
] as const)("%s has %i parameters", (name, count) => {
  const config = right(parseSdText(stableDiffusionConfigs[name].text_encoder))
  expect(parameterCount(sdTextParameters(config))).toBe(count)
})

test.each([
  ["an unknown activation", { ...raw, hidden_act: "relu" }, "hidden_act"],
  ["heads that do not divide the width", { ...raw, num_attention_heads: 7 }, "num_attention_heads"],
  ["a missing vocabulary", { ...raw, vocab_size: undefined }, "vocab_size"],
])("%s is refused, naming the field", (_, config, field) => {
  expect(left(parseSdText(config))).toMatchObject({ _tag: "ConfigInvalid", field })
})

test("activations are read by name", () => {
  expect(right(parseSdText({ ...raw, hidden_act: "quick_gelu" })).activation).toBe("quickGelu")
  expect(right(parseSdText({ ...raw, hidden_act: "gelu_pytorch_tanh" })).activation).toBe("geluTanh")
})

test("more tokens than the context are refused, fewer are not", () => {
  const config = right(
    parseSdText({
      ...raw,
      hidden_size: 8,
      intermediate_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      vocab_size: 9,
    }),
  )
  const specs = specsOf(sdTextParameters(config), "f16")
  const params = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, input(spec, name)]))
  const ids = (tokens: number) => constant(new Array<number>(tokens).fill(1), [1, tokens], "i32")
  expect(() => sdTextEncoder(config)(params, ids(78))).toThrow(
    expect.objectContaining({ _tag: "ShapeMismatch", op: "textTower" }),
  )
  // f16 storage is widened where it is read: the result is f32.
  expect(sdTextEncoder(config)(params, ids(5))).toMatchObject({ shape: [1, 5, 8], dtype: "f32" })
})
