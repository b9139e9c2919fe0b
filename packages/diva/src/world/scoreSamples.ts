import { encodePng, parseVae, type Params, type RgbImage } from "@diva/models"
import type { HostArray, Tensor } from "@diva/tensor"
import { Effect, type Scope } from "effect"
import * as path from "node:path"
import { drawScene, sceneAt } from "../scenes/index.ts"
import { readObject } from "../files/readObject.ts"
import { fromEither } from "../fromEither.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { ArraysOf } from "../gpu/machineArray.ts"
import { packPixels } from "../objective/pixels.ts"
import { attributeLogits } from "../pretrain/attributes.ts"
import { readModel, storedAs } from "../pretrain/modelFolder.ts"
import { readPrior, type ReadPriorError, type WholePrior } from "../sample/readPrior.ts"
import { sampleImages } from "../sample/sampleImages.ts"
import { specTree } from "../weights/specTree.ts"
import type { WeightsOf } from "../weights/weightArray.ts"
import { Features } from "../evaluate/features/features.ts"
import { vectorAt } from "../evaluate/features/vectorTable.ts"
import { openClipModel } from "../evaluate/model/openClipModel.ts"
import { withClip } from "../evaluate/model/withClip.ts"
import { stockRule } from "../evaluate/rules/flavours.ts"
import type { EvaluationEvents } from "../evaluate/evaluationEvents.ts"
import type { WorldError } from "./worldRun.ts"
import { agreementOf, type Agreement } from "../evaluate/samples/agreement.ts"
import { frechetDistance } from "../evaluate/samples/frechet.ts"
import { doing } from "../doing.ts"

export interface SamplesRequest {
  /** The diffusion model, in diffusers' layout. */
  readonly model: string
  /** The CLIP whose features distances are measured in. */
  readonly clip: string
  /** The classifier that judges captions, as `pretrainAttributes` writes it. */
  readonly attributes: string
  /** Captions, each of a scene that no model has seen. */
  readonly count: number
  readonly seed: number
  /** Edge of the pictures, pixels; 64. */
  readonly size?: number
  readonly steps?: number
  readonly guidance?: number
  /** Pictures drawn at once; 64. */
  readonly batch?: number
  readonly onStage?: (stage: string) => Effect.Effect<void>
}

/** How well a diffusion model draws what captions say. */
export interface SamplesReport {
  readonly count: number
  readonly seed: number
  /** Fréchet distance of the CLIP's vectors of samples from those of the captions' own scenes. */
  readonly distance: number
  /** The same of as many other scenes: what a perfect model would have. */
  readonly distanceOfScenes: number
  /** Samples that show what their captions say. */
  readonly samples: Agreement
  /** The captions' own scenes: what the classifier gives to pictures that are right. */
  readonly scenes: Agreement
}

export type SamplesError = WorldError | ReadPriorError

const groupsOf = <A>(all: readonly A[], size: number): readonly (readonly A[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))

interface ClassifierArguments {
  readonly params: Params
  readonly pixels: Tensor
}

const bytesOf = (images: readonly RgbImage[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(images.reduce((sum, { data }) => sum + data.length, 0))
  let at = 0
  for (const { data } of images) {
    bytes.set(data, at)
    at += data.length
  }
  return bytes
}

/** Logits of `attributeWords` of each picture. */
const classified = Effect.fnUntraced(function* (folder: string, images: readonly RgbImage[], batch: number) {
  const gpu = yield* Gpu
  const raw = yield* readObject(path.join(folder, storedAs.diffusers.config))
  const config = yield* fromEither(parseVae(raw))
  const size = images[0]!.width
  const logitsOf = attributeLogits(config, size)
  const params = Object.fromEntries(yield* readModel(folder))
  const packed = (some: readonly RgbImage[]): HostArray => {
    const whole = [...some, ...new Array<RgbImage>(batch - some.length).fill(some[0]!)]
    return packPixels(bytesOf(whole), batch, size)
  }
  const groups = groupsOf(images, batch)
  const args = { params, pixels: packed(groups[0]!) } as unknown as WeightsOf<ClassifierArguments>
  const program = yield* gpu.compile(
    ({ params: weights, pixels }: ClassifierArguments) => ({
      logits: logitsOf(weights, pixels),
    }),
    specTree<ClassifierArguments>(args),
    { name: "attributes" },
  )
  const { params: held } = (yield* gpu.put({ params } as never)) as unknown as ArraysOf<ClassifierArguments>
  const rows = yield* Effect.forEach(groups, (group, i) =>
    Effect.gen(function* () {
      yield* doing("judging pictures, batch by batch", i, groups.length)
      const { pixels } = (yield* gpu.put({ pixels: packed(group) })) as unknown as ArraysOf<ClassifierArguments>
      const { logits } = yield* gpu.read(yield* program.run({ params: held, pixels }))
      const width = logits.shape[1]!
      return group.map((_, i) => logits.data.slice(i * width, (i + 1) * width) as Float32Array)
    }),
  )
  return rows.flat()
}, Effect.scoped)

/** The CLIP's vector of each picture. */
const described = Effect.fnUntraced(function* (images: readonly RgbImage[]) {
  const features = yield* Features
  const pictures = images.map((image, i) => ({
    name: `picture ${i}`,
    read: Effect.map(
      Effect.promise(() => encodePng(image)),
      (bytes) => ({ bytes, about: undefined }),
    ),
  }))
  const { images: found } = yield* features.images({ pictures, rule: stockRule })
  return found.map((image) => vectorAt(image!.vectors, 0))
})

const drawn = Effect.fnUntraced(function* (prior: WholePrior, captions: readonly string[], request: SamplesRequest) {
  const { seed, steps = 30, guidance = 4, batch = 64, onStage = () => Effect.void } = request
  const { size = 64 } = request
  const images: RgbImage[] = []
  for (const [i, some] of groupsOf(captions, batch).entries()) {
    yield* onStage(`drawing ${images.length + some.length} of ${captions.length}`)
    images.push(...(yield* sampleImages(prior, { captions: some, size, seed: seed + i, steps, guidance })))
  }
  return images
})

/** What judging scenes takes. */
export type ScenesRequest = Pick<SamplesRequest, "attributes" | "count" | "seed" | "size" | "batch">

const scenesOf = (count: number, seed: number) => Array.from({ length: count }, (_, i) => sceneAt(seed, i))

/** What the classifier makes of `count` scenes, which show what their captions say. Errors: those of reading it, any `TensorError`. */
export const judgeScenes = Effect.fn("judgeScenes")(function* (
  request: ScenesRequest,
): Effect.fn.Return<Agreement, SamplesError, Gpu> {
  const { attributes, count, seed, size = 64, batch = 64 } = request
  const scenes = scenesOf(count, seed)
  const pictures = scenes.map((scene) => drawScene(scene, size))
  const logits = yield* classified(attributes, pictures, Math.min(batch, count))
  return agreementOf(
    scenes.map(({ caption }) => caption),
    logits,
  )
})

/**
 * Draws a picture for each of `count` captions of scenes that no model has seen, and tells how far they are from scenes (Fréchet
 * distance in the CLIP's features) and whether they show what the captions say (by a classifier that was trained on scenes with known
 * attributes and has nothing to do with the CLIP). Errors: those of reading models, any `TensorError`.
 */
export const scoreSamples = Effect.fn("scoreSamples")(function* (
  request: SamplesRequest,
): Effect.fn.Return<SamplesReport, SamplesError, Gpu | EvaluationEvents | Scope.Scope> {
  const { model, clip, attributes, count, seed, batch = 64 } = request
  const prior = yield* readPrior(model)
  const wanted = scenesOf(2 * count, seed)
  const captions = wanted.slice(0, count).map(({ caption }) => caption)
  const samples = yield* drawn(prior, captions, request)
  const edge = samples[0]!.width
  const scenes = wanted.map((scene) => drawScene(scene, edge))
  const [own, others] = [scenes.slice(0, count), scenes.slice(count)]
  const ofSamples = agreementOf(captions, yield* classified(attributes, samples, Math.min(batch, count)))
  const ofScenes = yield* judgeScenes({ ...request, size: edge })
  const vectors = yield* withClip(yield* openClipModel({ path: clip }))(
    Effect.all([described(samples), described(own), described(others)]),
  )
  const [a, b, c] = vectors
  const report: SamplesReport = {
    count,
    seed,
    distance: frechetDistance(a, b),
    distanceOfScenes: frechetDistance(c, b),
    samples: ofSamples,
    scenes: ofScenes,
  }
  return report
})
