import { vaeDecoderParameters, type FileError, type RgbImage, type VaeConfig, type WeightsError } from "@diva/models"
import { hostKey, type HostArray, type TensorError } from "@diva/tensor"
import { Effect } from "effect"
import { Shards, type DataPosition, type Example, type ShardsError } from "../data/index.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { ArraysOf } from "../gpu/machineArray.ts"
import type { Method } from "../objective/method.ts"
import { packPixels } from "../objective/pixels.ts"
import { imagesOf } from "../sample/sampleImages.ts"
import { Events } from "../train/observe/events.ts"
import { words } from "../train/config/hostScalars.ts"
import type { MachineRun } from "../train/machine/machineRun.ts"
import type { Observer, View } from "../train/observe/observer.ts"
import { putWeights } from "../weights/putWeights.ts"
import type { NamedWeights } from "../weights/weightArray.ts"
import { writePictures } from "./pictureFiles.ts"
import { decodeProgram, pictureTimesteps, predictProgram, type DecodeArguments } from "./pictureProgram.ts"
import { noisePicture, strip, tileOf } from "./strip.ts"

export interface PictureOptions {
  /** Where they are written: `update-00000012/0.png` and so on. */
  readonly folder: string
  /** Images of the run of which they are made, its first ones. */
  readonly count: number
  /** Updates from one set to the next; one is made before the first update as well, and at the end. */
  readonly every: number
  readonly method: Method
  readonly imageSize: number
  /** The VAE, whose decoder a run does not read. */
  readonly vae: VaeConfig
  readonly decoder: NamedWeights
  readonly seed: number
}

/** The decoder's weights that are missing of what a VAE's weights hold; none where it can decode. */
export const missingDecoder = (vae: VaeConfig, weights: NamedWeights): readonly string[] =>
  vaeDecoderParameters(vae).flatMap(({ name }) => (weights.has(name) ? [] : [name]))

/** The run's first images, whatever its order is. Errors: those of `Shards`. */
export const firstExamples = Effect.fnUntraced(function* (count: number) {
  const { example, count: available } = yield* Shards
  const positions = Array.from({ length: Math.min(count, available) }, (_, position): DataPosition => ({
    epoch: 0,
    position,
  }))
  return yield* Effect.forEach(positions, example)
})

const rowOf = ({ shape, dtype, data }: HostArray, row: number): HostArray => {
  const size = data.length / shape[0]!
  return { shape: [1, ...shape.slice(1)], dtype, data: data.slice(row * size, (row + 1) * size) } as HostArray
}

/** The programs that pictures are made by: one value for all states, so that they are compiled once. */
export type Programs = ReturnType<typeof programsOf>

export const programsOf = ({ method, imageSize, vae }: PictureOptions) => ({
  predict: predictProgram(method, imageSize),
  decode: decodeProgram(vae),
})

/** Everything that pictures of one state are made with. */
interface Making {
  readonly options: PictureOptions
  readonly programs: Programs
  readonly run: MachineRun
  readonly decoder: ArraysOf<DecodeArguments["decoder"]>
}

/** Latents as a picture. One at a time: a decoder takes far more memory than what it decodes. */
const decodedAt = Effect.fnUntraced(function* ({ programs, run, decoder }: Making, latents: HostArray, row: number) {
  const gpu = yield* Gpu
  const { pixels } = yield* gpu.read(yield* run(programs.decode, { decoder, latents: rowOf(latents, row) }))
  return imagesOf(pixels)[0]!
})

/** What the diffusion model makes of an image: the image, then for each timestep noised, the noise it predicts, and denoised. */
const picturesOf = Effect.fnUntraced(function* (making: Making, { image, key }: Example, place: number) {
  const { options, programs, run } = making
  const { method, imageSize, seed } = options
  const gpu = yield* Gpu
  const args = { pixels: packPixels(image, 1, imageSize), root: words(...hostKey(seed)), place: words(place) }
  const { noised, noise, denoised, errors } = yield* gpu.read(yield* run(programs.predict, args))
  const tile = tileOf(imageSize)
  const pictures: RgbImage[] = [{ width: imageSize, height: imageSize, data: image }]
  for (const i of pictureTimesteps(method).keys())
    pictures.push(
      yield* decodedAt(making, noised, i),
      noisePicture(noise, i, tile),
      yield* decodedAt(making, denoised, i),
    )
  return { strip: strip(pictures, tile), key, errors: [...errors.data].map(Number) }
})

/** Makes and writes the pictures of a run's state. */
export const makePictures: (
  options: PictureOptions,
  programs: Programs,
  examples: readonly Example[],
  state: Pick<View, "run" | "update">,
) => Effect.Effect<void, WeightsError | TensorError | FileError, Gpu | Events> = Effect.fnUntraced(function* (
  options,
  programs,
  examples,
  { run, update },
) {
  const decoder = yield* putWeights<DecodeArguments["decoder"]>(Object.fromEntries(options.decoder) as never)
  const made = yield* Effect.forEach(examples, (example, place) =>
    picturesOf({ options, programs, run, decoder }, example, place),
  )
  const set = {
    update,
    timesteps: pictureTimesteps(options.method),
    images: made.map(({ key, errors }) => ({ key, errors })),
  }
  const strips = made.map((each) => each.strip)
  const folder = yield* writePictures(options.folder, set, strips)
  yield* (yield* Events).publish({ _tag: "pictured", update, folder })
}, Effect.scoped)

/**
 * Pictures of what the diffusion model makes of the run's first images with the image tower as it is: the noised latent decoded, the
 * noise that is predicted, and what is left without it, at three timesteps, always with the same noise. The first set and the newest
 * stay. It reads the parameters where they lie, draws from keys of its own, and leaves the run's numbers as they are; the decoder is on
 * the machine while it works. Errors: those of `Shards`, of reading the decoder, any `TensorError`, file errors.
 */
export const pictureObserver = (
  options: PictureOptions,
): Observer<ShardsError | WeightsError | TensorError | FileError, Gpu | Shards | Events> => {
  const programs = programsOf(options)
  let examples: readonly Example[] | undefined
  let last = -1
  return {
    name: "pictures",
    every: options.every,
    also: ["start", "finish"],
    observe: (view) =>
      Effect.gen(function* () {
        const { moment, update } = view
        // A run that is resumed was pictured where it stopped, or will be at its next turn.
        if (update === last || (moment === "start" && update > 0)) return
        last = update
        examples ??= yield* firstExamples(options.count)
        yield* makePictures(options, programs, examples, view)
      }),
  }
}
