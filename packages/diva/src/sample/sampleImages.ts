import { concat, expand, foldIn, normal, reshape, sliceAxis, type HostArray, type Tensor } from "@diva/tensor"
import { noiseSchedule, sdTextEncoder, tokenRows, unet, vaeReduction, type Params, type RgbImage } from "@diva/models"
import { hostKey } from "@diva/tensor"
import { Effect } from "effect"
import { fromEither } from "../fromEither.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { ArraysOf } from "../gpu/machineArray.ts"
import { scalar, words } from "../train/config/hostScalars.ts"
import { specTree } from "../weights/specTree.ts"
import type { WeightsOf } from "../weights/weightArray.ts"
import { isDecoderWeight } from "../weights/decoderWeight.ts"
import { decodedPixels } from "./decodedPixels.ts"
import { ddimStep, ddimTimesteps, guided } from "./ddim.ts"
import type { WholePrior } from "./readPrior.ts"
import { doing } from "../doing.ts"

export interface SampleRequest {
  /** One picture for each. */
  readonly captions: readonly string[]
  /** Edge of the pictures, pixels. */
  readonly size: number
  readonly seed: number
  /** Sampling steps; 30. */
  readonly steps?: number
  /** How far captions pull away from the prediction without one; 4. 1: no guidance. */
  readonly guidance?: number
  /** Called after every step. */
  readonly onStep?: (done: number, total: number) => Effect.Effect<void>
}

interface StepArguments {
  readonly unet: Params
  readonly latents: Tensor
  /** f32[] each, but the contexts: [2·batch, tokens, width], those without caption first. */
  readonly context: Tensor
  readonly timestep: Tensor
  readonly now: Tensor
  readonly next: Tensor
  readonly scale: Tensor
}

const stepOf =
  ({ configs }: WholePrior) =>
  ({ unet: params, latents, context, timestep, now, next, scale }: StepArguments): { readonly latents: Tensor } => {
    const batch = latents.shape[0]!
    const twice = concat([latents, latents], 0)
    const steps = expand(reshape(timestep, [1]), [2 * batch])
    const noise = unet(configs.unet)(params, twice, steps, context)
    const predicted = guided(sliceAxis(noise, 0, batch, 2 * batch), sliceAxis(noise, 0, 0, batch), scale)
    return { latents: ddimStep(latents, predicted, { now, next }) }
  }

interface DecodeArguments {
  readonly vae: Params
  readonly latents: Tensor
}

const decodeOf =
  ({ configs: { vae } }: WholePrior) =>
  ({ vae: params, latents }: DecodeArguments): { readonly pixels: Tensor } => ({
    pixels: decodedPixels(vae, params, latents),
  })

interface TextArguments {
  readonly text: Params
  readonly ids: Tensor
}

/** Pictures of planes, one after the other. */
export const imagesOf = ({ shape, data }: HostArray): readonly RgbImage[] => {
  const [batch, , height, width] = shape as readonly [number, number, number, number]
  const area = height * width
  return Array.from({ length: batch }, (_, i) => {
    const bytes = new Uint8Array(3 * area)
    for (let c = 0; c < 3; c++) for (let p = 0; p < area; p++) bytes[3 * p + c] = data[(3 * i + c) * area + p]!
    return { width, height, data: bytes }
  })
}

const decoderOnly = (prior: WholePrior) => Object.fromEntries([...prior.vae].filter(([name]) => isDecoderWeight(name)))

const program = Effect.fnUntraced(function* <Args, Out>(
  name: string,
  describe: (args: Args) => Out,
  args: WeightsOf<Args>,
) {
  const gpu = yield* Gpu
  const put = (yield* gpu.put(args as never)) as unknown as ArraysOf<Args>
  return { put, run: (yield* gpu.compile(describe, specTree<Args>(args), { name })).run }
})

/** Contexts of the empty caption, then of the captions: f32 [2·batch, tokens, width]. */
const contextsOf = Effect.fnUntraced(function* (prior: WholePrior, captions: readonly string[]) {
  const gpu = yield* Gpu
  const all = [...captions.map(() => ""), ...captions]
  const ids: HostArray = {
    shape: [all.length, prior.configs.text.context],
    dtype: "i32",
    data: yield* fromEither(tokenRows(prior.tokenizer, all)),
  }
  const encode = ({ text, ids: given }: TextArguments) => ({ hidden: sdTextEncoder(prior.configs.text)(text, given) })
  const args = { text: Object.fromEntries(prior.text), ids } as unknown as WeightsOf<TextArguments>
  const { put, run } = yield* program("captions", encode, args)
  const { hidden } = yield* gpu.read(yield* run(put))
  return hidden
})

/** The first latents: standard normal, a function of the seed. */
const firstLatents = Effect.fnUntraced(function* (shape: readonly number[], seed: number) {
  const gpu = yield* Gpu
  const draw = ({ key }: { readonly key: Tensor }) => ({ latents: normal(foldIn(key, 0), shape) })
  const { put, run } = yield* program("first latents", draw, { key: words(...hostKey(seed)) } as never)
  const { latents } = yield* gpu.read((yield* run(put)) as never as { readonly latents: HostArray })
  return latents as HostArray
})

/**
 * Pictures for captions by a diffusion model: DDIM with guidance, decoded by the VAE. A function of the request.
 * Errors: `TextTooLong`, any `TensorError`.
 */
export const sampleImages = Effect.fn("sampleImages")(function* (
  prior: WholePrior,
  { captions, size, seed, steps = 30, guidance = 4, onStep = () => Effect.void }: SampleRequest,
) {
  const gpu = yield* Gpu
  const { vae, noise } = prior.configs
  const edge = size / vaeReduction(vae)
  const schedule = noiseSchedule(noise)
  const timesteps = ddimTimesteps(steps, schedule.steps)
  const context = yield* contextsOf(prior, captions)
  let latents = yield* firstLatents([captions.length, vae.latentChannels, edge, edge], seed)
  const args = (timestep: number, i: number): WeightsOf<StepArguments> =>
    ({
      unet: Object.fromEntries(prior.unet),
      latents,
      context,
      timestep: scalar(timestep),
      now: scalar(schedule.alphasCumprod[timestep]!),
      next: scalar(i + 1 < steps ? schedule.alphasCumprod[timesteps[i + 1]!]! : 1),
      scale: scalar(guidance),
    }) as unknown as WeightsOf<StepArguments>
  const step = yield* program("sampling step", stepOf(prior), args(timesteps[0]!, 0))
  for (const [i, timestep] of timesteps.entries()) {
    const { unet: _, context: __, ...changing } = args(timestep, i) as unknown as Record<string, HostArray>
    const put = yield* gpu.put(changing)
    const read = yield* gpu.read(yield* step.run({ ...step.put, ...put } as never))
    latents = (read as unknown as { readonly latents: HostArray }).latents
    yield* doing("steps of denoising", i + 1, steps)
    yield* onStep(i + 1, steps)
  }
  const decode = { vae: decoderOnly(prior), latents } as unknown as WeightsOf<DecodeArguments>
  const decoder = yield* program("decoder", decodeOf(prior), decode)
  const { pixels } = yield* gpu.read(yield* decoder.run(decoder.put))
  return imagesOf(pixels)
}, Effect.scoped)
