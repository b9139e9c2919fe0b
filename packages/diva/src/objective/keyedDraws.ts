import {
  cast,
  constant,
  expand,
  foldIn,
  mul,
  normal,
  raise,
  randomBits,
  randomIntegers,
  reshape,
  sizeOf,
  type Shape,
  type Tensor,
} from "@diva/tensor"
import type { DrawIndices } from "../condition/condition.ts"
import { smallestPlaces } from "../condition/smallestPlaces.ts"
import type { InnerDraws } from "./draws.ts"
import type { Method } from "./method.ts"

/** What random numbers of a micro-batch depend on: with the number of the inner draw and the sample, nothing else. */
export interface DrawKey {
  /** The run's root key: u32[2]. */
  readonly root: Tensor
  /** Number of the update, from 0: u32[]. */
  readonly update: Tensor
  /** Place in the update of the micro-batch's first sample: u32[]. */
  readonly first: Tensor
}

/** The samples of a micro-batch. */
interface Samples {
  readonly batch: number
  /** Place in the update of the first of them: u32[1]. */
  readonly first: Tensor
}

const streams = { timesteps: 0, noise: 1, condition: 2 } as const

// Element i of a draw depends on its key and i alone, so a sample's row is the same however an update is split.
const ofSamples = ({ batch, first }: Samples, shape: Shape, draw: (shape: Shape, from: Tensor) => Tensor): Tensor =>
  draw([batch, ...shape], mul(first, sizeOf(shape)))

const tooMany = (count: number, bound: number): never =>
  raise({
    _tag: "InvalidAttribute",
    op: "draw",
    attribute: "count",
    rule: `cannot draw ${count} of ${bound} patches without replacement`,
    remedy: 'draw fewer, use larger images, or patchDraws "withReplacement"',
  })

const drawerOf = ({ switches }: Method, key: Tensor, samples: Samples): DrawIndices => {
  let asked = 0
  return (count, bound) => {
    const drawKey = foldIn(key, streams.condition + asked++)
    if (switches.patchDraws === "withReplacement")
      return ofSamples(samples, [count], (shape, from) => randomIntegers(drawKey, shape, 0, bound, from))
    if (count > bound) return tooMany(count, bound)
    return smallestPlaces(
      ofSamples(samples, [bound], (shape, from) => randomBits(drawKey, shape, from)),
      count,
    )
  }
}

const timestepsOf = (
  { timesteps, models: { prior }, switches }: Method,
  keys: readonly Tensor[],
  samples: Samples,
  inner: number,
): Tensor => {
  const streamOf = (draw: number) => foldIn(keys[draw]!, streams.timesteps)
  const integersOf = (draw: number) => (bound: number) =>
    ofSamples(samples, [], (rows, from) => randomIntegers(streamOf(draw), rows, 0, bound, from))
  return timesteps({
    batch: samples.batch,
    steps: prior.noise.steps,
    draws: switches.trainSteps,
    inner,
    integers: integersOf(inner),
    sharedIntegers: integersOf(0),
    normals: () => ofSamples(samples, [], (rows, from) => normal(streamOf(inner), rows, from)),
  })
}

/** The image whose noise all images of an update share: the first. */
const firstImage: Samples = { batch: 1, first: constant([0], [1], "u32") }

/** Noise of inner draw `k`, of each sample's own or the same for all. */
const noiseOf = (
  { switches: { noise } }: Method,
  keys: readonly Tensor[],
  samples: Samples,
  k: number,
  latent: Shape,
): Tensor => {
  const isOfAllDraws = noise === "sharedByInnerDraws" || noise === "sharedByAll"
  const isOfAllImages = noise === "sharedByImages" || noise === "sharedByAll"
  const stream = foldIn(keys[isOfAllDraws ? 0 : k]!, streams.noise)
  const drawn = ofSamples(isOfAllImages ? firstImage : samples, latent, (rows, from) => normal(stream, rows, from))
  return isOfAllImages ? expand(drawn, [samples.batch, ...latent]) : drawn
}

/**
 * The inner draws of a micro-batch, as pure functions of (root key, update, inner draw, place of the sample in its
 * update): timesteps as the method samples them, noise standard normal, patches as the condition asks.
 * `latent`: shape of one sample's latent.
 */
export const keyedDraws =
  (method: Method, { root, update, first }: DrawKey, batch: number) =>
  (latent: Shape): readonly InnerDraws[] => {
    const samples = { batch, first: reshape(cast(first, "u32"), [1]) }
    const keys = Array.from({ length: method.switches.trainSteps }, (_, k) => foldIn(foldIn(root, update), k))
    return keys.map((key, k) => ({
      timesteps: timestepsOf(method, keys, samples, k),
      noise: noiseOf(method, keys, samples, k, latent),
      draw: drawerOf(method, key, samples),
    }))
  }
