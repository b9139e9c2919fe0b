import { constant, cast, input, interpret, type HostArray, type Tensor } from "@diva/tensor"
import { describe, expect, test } from "vitest"
import {
  initialise,
  parameterCount,
  parseUnet,
  shapesOf,
  stableDiffusionConfigs,
  timeFeatures,
  unet,
  unetParameters,
  type UnetConfig,
} from "../../src/index.ts"
import { left, readJson, right, type Arrays } from "../support/goldenCase.ts"

const base = stableDiffusionConfigs["sd-2-1-base"].unet
const tiny = async (): Promise<Readonly<Record<string, unknown>>> =>
  (await readJson("02d_unet/manifest.json"))["config"] as Readonly<Record<string, unknown>>

const inputsOf = (arrays: Arrays): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(Object.entries(arrays).map(([name, { shape, dtype }]) => [name, input({ shape, dtype }, name)]))

const ramp = (shape: readonly number[]): Tensor => {
  const size = shape.reduce((product, extent) => product * extent, 1)
  return constant(
    Array.from({ length: size }, (_, i) => Math.sin(i * 1.7)),
    shape,
  )
}

const predict = (config: UnetConfig, params: Arrays, edges: readonly [number, number], steps: Tensor): HostArray => {
  const output = unet(config)(inputsOf(params), ramp([1, 4, ...edges]), steps, ramp([1, 5, 16]))
  return interpret(output, new Map(Object.entries(params)))
}

describe("the full-size models", () => {
  test.each([
    ["sd-2-1-base", 865_910_724],
    ["sd-1-4", 859_520_964],
  ] as const)("%s has %i parameters", (name, count) => {
    expect(parameterCount(unetParameters(right(parseUnet(stableDiffusionConfigs[name].unet))))).toBe(count)
  })

  test("names run through all levels, down, middle and up", () => {
    const shapes = shapesOf(unetParameters(right(parseUnet(base))))
    expect(Object.keys(shapes)).toHaveLength(686)
    expect(shapes["down_blocks.0.attentions.1.transformer_blocks.0.attn2.to_k.weight"]).toEqual([320, 1024])
    expect(shapes["down_blocks.3.downsamplers.0.conv.weight"]).toBeUndefined()
    expect(shapes["up_blocks.0.resnets.2.conv1.weight"]).toEqual([1280, 2560, 3, 3])
    expect(shapes["up_blocks.3.resnets.0.conv_shortcut.weight"]).toEqual([320, 960, 1, 1])
    expect(shapes["up_blocks.3.upsamplers.0.conv.weight"]).toBeUndefined()
  })
})

describe("configuration", () => {
  test.each([
    ["an option that is not implemented", { ...base, class_embed_type: "timestep" }, "class_embed_type"],
    ["a block type that is not implemented", { ...base, down_block_types: ["AttnDownBlock2D"] }, "down_block_types"],
    ["too few block types", { ...base, up_block_types: ["UpBlock2D"] }, "up_block_types"],
    ["heads that do not divide the channels", { ...base, attention_head_dim: [7, 10, 20, 20] }, "attention_head_dim"],
    ["heads for another number of levels", { ...base, attention_head_dim: [5, 10] }, "attention_head_dim"],
    ["groups that do not divide the channels", { ...base, norm_num_groups: 48 }, "norm_num_groups"],
    ["another kind of step embedding", { ...base, time_embedding_type: "fourier" }, "time_embedding_type"],
    ["no channels", { ...base, block_out_channels: [] }, "block_out_channels"],
    ["a flag that is none", { ...base, use_linear_projection: "yes" }, "use_linear_projection"],
    ["a number that is none", { ...base, norm_eps: "1e-5" }, "norm_eps"],
  ])("%s is refused, naming the field", (_, raw, field) => {
    expect(left(parseUnet(raw))).toMatchObject({ _tag: "ConfigInvalid", field })
  })

  test("bookkeeping fields of a published file are ignored", () => {
    expect(parseUnet({ ...base, _class_name: "UNet2DConditionModel", upcast_attention: false })._tag).toBe("Right")
  })
})

describe("the denoiser", () => {
  test("1×1 convolutions and linear maps in its transformers compute the same from the same weights", async () => {
    const raw = await tiny()
    const linear = right(parseUnet(raw))
    const convolving = right(parseUnet({ ...raw, use_linear_projection: false }))
    const params = initialise(unetParameters(linear), 3)
    const shapes = shapesOf(unetParameters(convolving))
    const reshaped = Object.fromEntries(
      Object.entries(params).map(([name, array]) => [name, { ...array, shape: shapes[name]! }]),
    )
    expect(reshaped["mid_block.attentions.0.proj_in.weight"]!.shape).toEqual([24, 24, 1, 1])
    const steps = constant([500], [1], "i32")
    const [a, b] = [predict(linear, params, [8, 8], steps), predict(convolving, reshaped, [8, 8], steps)]
    for (const [i, value] of a.data.entries()) expect(b.data[i]).toBeCloseTo(value, 4)
  })

  test("latents of any size keep it, also where halving rounds up", async () => {
    const config = right(parseUnet(await tiny()))
    const params = initialise(unetParameters(config), 3)
    const { shape, data } = predict(config, params, [9, 14], constant([1], [1], "i32"))
    expect(shape).toEqual([1, 4, 9, 14])
    expect(data.every(Number.isFinite)).toBe(true)
  })
})

test("latents, steps and context of other widths or batches are refused by name", async () => {
  const config = right(parseUnet(await tiny()))
  const params = inputsOf(initialise(unetParameters(config), 3))
  const of = (latents: readonly number[], steps: number, context: readonly number[]) => () =>
    unet(config)(params, ramp(latents), constant(new Array<number>(steps).fill(1), [steps], "i32"), ramp(context))
  const refused = (name: string) =>
    expect.objectContaining({ _tag: "ShapeMismatch", op: "unet", operands: [expect.objectContaining({ name })] })
  expect(of([2, 3, 8, 8], 2, [2, 5, 16])).toThrow(refused("latents"))
  expect(of([2, 4, 8, 8], 1, [2, 5, 16])).toThrow(refused("steps"))
  expect(of([2, 4, 8, 8], 2, [1, 5, 16])).toThrow(refused("context"))
  expect(of([2, 4, 8, 8], 2, [2, 5, 17])).toThrow(refused("context"))
})

describe("features of the time step", () => {
  const options = { width: 320, cosineFirst: true, shift: 0 }
  const exact = (t: number, i: number): number => t * Math.exp((-Math.log(10_000) * i) / 160)

  test.each([0, 1, 37, 500, 999])("at step %i they are the exact cosines and sines to f32 rounding", (t) => {
    const { shape, data } = interpret(timeFeatures(constant([t], [1], "i32"), options))
    expect(shape).toEqual([1, 320])
    for (let i = 0; i < 160; i++) {
      expect(Math.abs(data[i]! - Math.cos(exact(t, i)))).toBeLessThan(1e-6)
      expect(Math.abs(data[160 + i]! - Math.sin(exact(t, i)))).toBeLessThan(1e-6)
    }
  })

  test("steps may be fractions, sines may come first, and an odd width ends in a zero", () => {
    const steps = cast(constant([2.5], [1]), "f32")
    const { shape, data } = interpret(timeFeatures(steps, { width: 5, cosineFirst: false, shift: 1 }))
    expect(shape).toEqual([1, 5])
    const want = [Math.sin(2.5), Math.sin(2.5e-4), Math.cos(2.5), Math.cos(2.5e-4), 0]
    for (const [i, value] of want.entries()) expect(data[i]).toBeCloseTo(value, 6)
  })
})
