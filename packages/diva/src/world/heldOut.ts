import { abs, foldIn, hostKey, mean, mul, normal, square, sub, type HostArray, type Tensor } from "@diva/tensor"
import {
  addNoise,
  noiseSchedule,
  sdTextEncoder,
  tokenRows,
  unet,
  vaeDecoder,
  vaeEncoder,
  type Params,
  type RgbImage,
  type VaeConfig,
} from "@diva/models"
import { Effect } from "effect"
import { drawScene, type Scene } from "../scenes/index.ts"
import { meanOf } from "../evaluate/statistics/studentT.ts"
import { fromEither } from "../fromEither.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { ArraysOf } from "../gpu/machineArray.ts"
import { packPixels } from "../objective/pixels.ts"
import { signedPixels } from "../pretrain/autoencoder.ts"
import type { WholePrior, WholeVae } from "../sample/readPrior.ts"
import { words } from "../train/config/hostScalars.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import { specTree } from "../weights/specTree.ts"
import type { WeightsOf } from "../weights/weightArray.ts"
import { doing } from "../doing.ts"

/** Scenes with their captions that models have not seen, and how they are computed. */
export interface HeldOut {
  /** A multiple of `batch`. */
  readonly scenes: readonly Scene[]
  readonly batch: number
  /** Edge of the pictures, pixels. */
  readonly size: number
}

interface PictureArguments {
  readonly pixels: Tensor
}

interface VaeArguments extends PictureArguments {
  readonly vae: Params
}

interface NoiseArguments extends VaeArguments {
  readonly unet: Params
  readonly text: Params
  readonly ids: Tensor
  /** i32[batch] */
  readonly steps: Tensor
  /** u32[2] */
  readonly key: Tensor
}

const places = { axis: [1, 2, 3] } as const

const reconstructionError =
  (config: VaeConfig, size: number) =>
  ({ vae, pixels }: VaeArguments): Tensor => {
    const x = signedPixels(pixels, size)
    const { mean: latent } = vaeEncoder(config)(vae, x)
    return mul(mean(abs(sub(vaeDecoder(config)(vae, latent), x)), places), 127.5)
  }

const noiseError =
  (configs: WholePrior["configs"], size: number) =>
  ({ vae, unet: params, text, pixels, ids, steps, key }: NoiseArguments): Tensor => {
    const latents = mul(vaeEncoder(configs.vae)(vae, signedPixels(pixels, size)).mean, configs.vae.latentScale)
    const noise = normal(foldIn(key, 0), latents.shape)
    const noised = addNoise(noiseSchedule(configs.noise), latents, noise, steps)
    const predicted = unet(configs.unet)(params, noised, steps, sdTextEncoder(configs.text)(text, ids))
    return mean(square(sub(predicted, noise)), places)
  }

/** Timesteps spread evenly over the batch, other ones in each batch. */
const stepsOf = (batch: number, turn: number, turns: number, total: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: batch }, (_, i) => Math.floor(((i * turns + turn + 0.5) * total) / (batch * turns)))

const bytesOf = (pictures: readonly RgbImage[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat(pictures.map(({ data }) => data)))

interface ErrorOf<Args, E> {
  readonly name: string
  /** The error of each picture: f32[batch]. */
  readonly error: (args: Args) => Tensor
  readonly weights: Readonly<Record<string, NamedArrays>>
  /** What belongs to some scenes beside their pixels. */
  readonly given: (scenes: readonly Scene[], turn: number) => Effect.Effect<Readonly<Record<string, HostArray>>, E>
}

/** Mean error over all pictures, batch by batch. */
const meanError = Effect.fnUntraced(function* <Args extends PictureArguments, E>(
  { name, error, weights, given }: ErrorOf<Args, E>,
  { scenes, batch, size }: HeldOut,
) {
  const gpu = yield* Gpu
  const turns = Math.floor(scenes.length / batch)
  const argumentsOf = Effect.fnUntraced(function* (turn: number) {
    const some = scenes.slice(turn * batch, (turn + 1) * batch)
    const pixels = packPixels(bytesOf(some.map((scene) => drawScene(scene, size))), batch, size)
    return { pixels, ...(yield* given(some, turn)) }
  })
  const params = Object.fromEntries(Object.entries(weights).map(([part, each]) => [part, Object.fromEntries(each)]))
  const specs = specTree<Args>({ ...params, ...(yield* argumentsOf(0)) } as unknown as WeightsOf<Args>)
  const program = yield* gpu.compile((args: Args) => ({ error: error(args) }), specs, { name })
  const held = (yield* gpu.put(params as never)) as unknown as Partial<ArraysOf<Args>>
  const found: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    yield* doing(`${name}, batch by batch`, turn, turns)
    const arrays = (yield* gpu.put((yield* argumentsOf(turn)) as never)) as unknown as Partial<ArraysOf<Args>>
    const { error: errors } = yield* gpu.read(yield* program.run({ ...held, ...arrays } as ArraysOf<Args>))
    found.push(...errors.data)
  }
  return meanOf(found)
}, Effect.scoped)

/**
 * How far a VAE's pictures are off: mean |x − decoder(encoder(x))|, in grey levels of 255, with Student's 95 % interval over pictures.
 * Errors: any `TensorError`.
 */
export const heldOutVaeError = ({ config, weights }: WholeVae, heldOut: HeldOut) =>
  meanError<VaeArguments, never>(
    {
      name: "errors of the VAE",
      error: reconstructionError(config, heldOut.size),
      weights: { vae: weights },
      given: () => Effect.succeed({}),
    },
    heldOut,
  )

/**
 * How far the noise that a diffusion model predicts is off: mean (ε̂ − ε)² of a picture at a timestep of its own, told its caption, with
 * Student's 95 % interval over pictures; 1 is what a model that knows nothing has. Errors: `TokenizeError`, any `TensorError`.
 */
export const heldOutNoiseError = (
  { configs, tokenizer, vae, unet: unetWeights, text }: WholePrior,
  { scenes, batch, size }: HeldOut,
) => {
  const turns = Math.floor(scenes.length / batch)
  const captioned = Effect.fnUntraced(function* (some: readonly Scene[], turn: number) {
    const rows = yield* fromEither(
      tokenRows(
        tokenizer,
        some.map(({ caption }) => caption),
      ),
    )
    const ids: HostArray = { shape: [batch, configs.text.context], dtype: "i32", data: rows }
    const steps: HostArray = { shape: [batch], dtype: "i32", data: stepsOf(batch, turn, turns, configs.noise.steps) }
    return { ids, steps, key: words(...hostKey(turn)) }
  })
  return meanError<NoiseArguments, Effect.Error<ReturnType<typeof captioned>>>(
    {
      name: "errors of the UNet",
      error: noiseError(configs, size),
      weights: { vae, unet: unetWeights, text },
      given: captioned,
    },
    { scenes, batch, size },
  )
}
