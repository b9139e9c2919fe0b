import { constant, input, interpret } from "@diva/tensor"
import { expect, test } from "vitest"
import {
  currentVaeName,
  initialise,
  parameterCount,
  parseVae,
  stableDiffusionConfigs,
  vaeDecoder,
  vaeDecoderParameters,
  vaeEncoder,
  vaeEncoderParameters,
  vaeParameters,
  vaeReduction,
} from "../../src/index.ts"
import { left, readCase, right } from "../support/goldenCase.ts"

const raw = stableDiffusionConfigs["sd-2-1-base"].vae

test("the full-size autoencoder has 83,653,863 parameters, 34,163,664 of them on the encoder's side", () => {
  const config = right(parseVae(raw))
  expect(parameterCount(vaeParameters(config))).toBe(83_653_863)
  expect(parameterCount(vaeEncoderParameters(config))).toBe(34_163_664)
  expect(config.latentScale).toBe(0.18215)
})

test.each([
  ["another activation", { ...raw, act_fn: "relu" }, "act_fn"],
  [
    "a block type that is not implemented",
    { ...raw, down_block_types: ["AttnDownEncoderBlock2D"] },
    "down_block_types",
  ],
  ["blocks for another number of levels", { ...raw, up_block_types: ["UpDecoderBlock2D"] }, "up_block_types"],
  ["groups that do not divide the channels", { ...raw, norm_num_groups: 3 }, "norm_num_groups"],
])("%s is refused, naming the field", (_, config, field) => {
  expect(left(parseVae(config))).toMatchObject({ _tag: "ConfigInvalid", field })
})

test("former names of the middle attention map to the current ones, and current names stay", async () => {
  const { weights } = await readCase("02e_vae")
  const former = { to_q: "query", to_k: "key", to_v: "value", "to_out.0": "proj_attn" }
  const names = Object.keys(weights)
  const renamed = names.map((name) =>
    Object.entries(former).reduce(
      (held, [now, then]) => held.replace(`.attentions.0.${now}.`, `.attentions.0.${then}.`),
      name,
    ),
  )
  expect(renamed.filter((name, i) => name !== names[i])).toHaveLength(16)
  expect(renamed.map(currentVaeName)).toEqual(names)
  expect(names.map(currentVaeName)).toEqual(names)
})

test("an encoder needs only its own half of the parameters, a decoder only the other", async () => {
  const { config: stored } = await readCase("02e_vae")
  const config = right(parseVae(stored))
  const bound = (arrays: ReturnType<typeof initialise>) =>
    Object.fromEntries(Object.entries(arrays).map(([name, { shape, dtype }]) => [name, input({ shape, dtype }, name)]))
  const [enter, leave] = [vaeEncoderParameters(config), vaeDecoderParameters(config)].map((list) => initialise(list, 1))
  const edge = vaeReduction(config) * 2
  const image = constant(
    Array.from({ length: 3 * edge * edge }, (_, i) => Math.sin(i)),
    [1, 3, edge, edge],
  )
  const { mean } = vaeEncoder(config)(bound(enter!), image)
  const decoded = vaeDecoder(config)(bound(leave!), mean)
  const values = interpret({ mean, decoded }, new Map(Object.entries({ ...enter, ...leave })))
  expect(values.mean.shape).toEqual([1, 4, 2, 2])
  expect(values.decoded.shape).toEqual([1, 3, edge, edge])
  expect(values.decoded.data.every(Number.isFinite)).toBe(true)
})
