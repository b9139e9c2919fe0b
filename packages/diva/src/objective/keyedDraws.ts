import {
  cast,
  equal,
  expand,
  foldIn,
  iota,
  less,
  logicalAnd,
  logicalOr,
  mul,
  normal,
  raise,
  randomBits,
  randomIntegers,
  reshape,
  sizeOf,
  sum,
  type Shape,
  type Tensor,
} from "@diva/tensor"
import type { DrawIndices } from "../condition/condition.ts"
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

const beats = (bits: Tensor, batch: number, bound: number): Tensor => {
  const mine = reshape(bits, [batch, bound, 1])
  const other = reshape(bits, [batch, 1, bound])
  const earlier = less(iota([1, bound, bound], 2), iota([1, bound, bound], 1))
  return logicalOr(less(other, mine), logicalAnd(equal(other, mine), expand(earlier, [batch, bound, bound])))
}

/** The places of the `count` smallest words of each row, smallest first. bits: u32 [batch, bound] → i32 [batch, count] */
export const smallestPlaces = (bits: Tensor, count: number): Tensor => {
  const [batch, bound] = bits.shape as readonly [number, number]
  const rank = sum(cast(beats(bits, batch, bound), "i32"), { axis: 2 })
  const chosen = equal(expand(reshape(rank, [batch, 1, bound]), [batch, count, bound]), iota([batch, count, bound], 1))
  return sum(mul(cast(chosen, "i32"), iota([batch, count, bound], 2)), { axis: 2 })
}

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
  { timesteps, models: { prior } }: Method,
  key: Tensor,
  samples: Samples,
  inner: number,
): Tensor => {
  const stream = foldIn(key, streams.timesteps)
  return timesteps({
    batch: samples.batch,
    steps: prior.noise.steps,
    inner,
    integers: (bound) => ofSamples(samples, [], (rows, from) => randomIntegers(stream, rows, 0, bound, from)),
    normals: () => ofSamples(samples, [], (rows, from) => normal(stream, rows, from)),
  })
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
    const noiseKey = (k: number) => keys[method.switches.noise === "sharedByInnerDraws" ? 0 : k]!
    return keys.map((key, k) => ({
      timesteps: timestepsOf(method, key, samples, k),
      noise: ofSamples(samples, latent, (rows, from) => normal(foldIn(noiseKey(k), streams.noise), rows, from)),
      draw: drawerOf(method, key, samples),
    }))
  }
