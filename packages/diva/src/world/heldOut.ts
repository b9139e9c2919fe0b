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
} from "@diva/models"
import { Effect } from "effect"
import { drawScene, type Scene } from "../scenes/index.ts"
import { meanOf } from "../evaluate/statistics/studentT.ts"
import type { Estimate } from "../evaluate/statistics/interval.ts"
import { fromEither } from "../fromEither.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { ArraysOf } from "../gpu/machineArray.ts"
import { packPixels } from "../objective/pixels.ts"
import { signedPixels } from "../pretrain/autoencoder.ts"
import type { WholePrior } from "../sample/readPrior.ts"
import { words } from "../train/config/hostScalars.ts"
import { specTree } from "../weights/specTree.ts"
import type { WeightsOf } from "../weights/weightArray.ts"
import { doing } from "../doing.ts"

/** How far a diffusion model's parts are off on pictures that it has not seen. */
export interface HeldOutErrors {
  /** Mean |x − decoder(encoder(x))| of a picture, in grey levels of 255. */
  readonly vae: Estimate
  /** Mean (ε̂ − ε)² of a picture at its own timestep, told its caption; 1 is what a model that knows nothing has. */
  readonly noise: Estimate
}

interface ErrorArguments {
  readonly vae: Params
  readonly unet: Params
  readonly text: Params
  readonly pixels: Tensor
  readonly ids: Tensor
  /** i32[batch] */
  readonly steps: Tensor
  /** u32[2] */
  readonly key: Tensor
}

const places = { axis: [1, 2, 3] } as const

const errorsOf =
  ({ configs }: WholePrior, size: number) =>
  ({ vae, unet: params, text, pixels, ids, steps, key }: ErrorArguments) => {
    const x = signedPixels(pixels, size)
    const { mean: latent } = vaeEncoder(configs.vae)(vae, x)
    const latents = mul(latent, configs.vae.latentScale)
    const noise = normal(foldIn(key, 0), latents.shape)
    const noised = addNoise(noiseSchedule(configs.noise), latents, noise, steps)
    const predicted = unet(configs.unet)(params, noised, steps, sdTextEncoder(configs.text)(text, ids))
    return {
      vae: mul(mean(abs(sub(vaeDecoder(configs.vae)(vae, latent), x)), places), 127.5),
      noise: mean(square(sub(predicted, noise)), places),
    }
  }

/** Timesteps spread evenly over the batch, other ones in each batch. */
const stepsOf = (batch: number, turn: number, turns: number, total: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: batch }, (_, i) => Math.floor(((i * turns + turn + 0.5) * total) / (batch * turns)))

const bytesOf = (pictures: readonly RgbImage[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat(pictures.map(({ data }) => data)))

/**
 * Errors of a VAE's reconstructions, and of the noise that a UNet predicts, over scenes with their captions: each with Student's 95 %
 * interval over pictures. A function of scenes and models. `scenes`: a multiple of `batch`. Errors: any `TensorError`.
 */
export const heldOutErrors = Effect.fn("heldOutErrors")(function* (
  prior: WholePrior,
  scenes: readonly Scene[],
  { size, batch }: { readonly size: number; readonly batch: number },
) {
  const gpu = yield* Gpu
  const { configs, tokenizer } = prior
  const turns = Math.floor(scenes.length / batch)
  const argumentsOf = Effect.fnUntraced(function* (turn: number) {
    const some = scenes.slice(turn * batch, (turn + 1) * batch)
    const captions = some.map(({ caption }) => caption)
    const [ids, steps] = [
      yield* fromEither(tokenRows(tokenizer, captions)),
      stepsOf(batch, turn, turns, configs.noise.steps),
    ]
    return {
      pixels: packPixels(bytesOf(some.map((scene) => drawScene(scene, size))), batch, size),
      ids: { shape: [batch, configs.text.context], dtype: "i32", data: ids } satisfies HostArray,
      steps: { shape: [batch], dtype: "i32", data: steps } satisfies HostArray,
      key: words(...hostKey(turn)),
    }
  })
  const weights = { vae: prior.vae, unet: prior.unet, text: prior.text }
  const params = Object.fromEntries(Object.entries(weights).map(([name, each]) => [name, Object.fromEntries(each)]))
  const specs = specTree<ErrorArguments>({
    ...params,
    ...(yield* argumentsOf(0)),
  } as unknown as WeightsOf<ErrorArguments>)
  const program = yield* gpu.compile(errorsOf(prior, size), specs, { name: "errors on held-out scenes" })
  const held = (yield* gpu.put(params as never)) as unknown as Partial<ArraysOf<ErrorArguments>>
  const found = { vae: [] as number[], noise: [] as number[] }
  for (let turn = 0; turn < turns; turn++) {
    yield* doing("errors on held-out scenes, batch by batch", turn, turns)
    const given = (yield* gpu.put((yield* argumentsOf(turn)) as never)) as unknown as Partial<ArraysOf<ErrorArguments>>
    const { vae, noise } = yield* gpu.read(yield* program.run({ ...held, ...given } as ArraysOf<ErrorArguments>))
    found.vae.push(...vae.data)
    found.noise.push(...noise.data)
  }
  const errors: HeldOutErrors = { vae: meanOf(found.vae), noise: meanOf(found.noise) }
  return errors
}, Effect.scoped)
