import type { ResampleFilter } from "./resampleFilter.ts"

/** For each output position: the first input position, how many follow, and their fixed-point weights. */
export interface Taps {
  readonly first: Int32Array
  readonly count: Int32Array
  /** [output position, `stride`]; only the first `count` of a row are meaningful. */
  readonly weights: Int32Array
  readonly stride: number
}

/** Fraction bits of a weight: a product with 8 bits, summed with 2 bits of headroom, fits a signed 32-bit word. */
export const fractionBits = 32 - 8 - 2

/** Half away from zero, as a C cast of x ± ½ rounds. */
const fixedPoint = (weight: number): number => Math.trunc(weight * (1 << fractionBits) + (weight < 0 ? -0.5 : 0.5))

/** Normalised weights of the inputs first … last − 1 for an output centred at `center`. */
const weightsAt = (
  filter: ResampleFilter,
  center: number,
  first: number,
  last: number,
  reduce: number,
): Float64Array => {
  const weights = new Float64Array(last - first)
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    const weight = filter.weight((i + first - center + 0.5) * reduce)
    weights[i] = weight
    sum += weight
  }
  return sum === 0 ? weights : weights.map((weight) => weight / sum)
}

/** For each output position: the first input position, and the weights of it and those that follow. They sum to 1. */
export type SampleWeights = readonly { readonly first: number; readonly weights: Float64Array }[]

/**
 * The weights with which `outSize` samples are made of `inSize`. When shrinking, the kernel widens by the shrink factor
 * (antialiasing).  Source: Pillow 9.4 src/libImaging/Resample.c, precompute_coeffs; PyTorch's antialiased interpolation
 * takes the same.
 */
export const sampleWeights = (inSize: number, outSize: number, filter: ResampleFilter): SampleWeights => {
  const scale = inSize / outSize
  const widen = Math.max(scale, 1)
  const support = filter.support * widen
  return Array.from({ length: outSize }, (_, out) => {
    const center = (out + 0.5) * scale
    const first = Math.max(0, Math.trunc(center - support + 0.5))
    const last = Math.min(inSize, Math.trunc(center + support + 0.5))
    return { first, weights: weightsAt(filter, center, first, last, 1 / widen) }
  })
}

/**
 * The same weights in fixed point, rounded as Pillow rounds, so that results are equal to the byte.
 * Source: Pillow 9.4 src/libImaging/Resample.c, normalize_coeffs_8bpc.
 */
export const resampleTaps = (inSize: number, outSize: number, filter: ResampleFilter): Taps => {
  const sampled = sampleWeights(inSize, outSize, filter)
  const stride = Math.max(...sampled.map(({ weights }) => weights.length))
  const taps = {
    first: Int32Array.from(sampled, ({ first }) => first),
    count: Int32Array.from(sampled, ({ weights }) => weights.length),
    weights: new Int32Array(outSize * stride),
    stride,
  }
  for (const [out, { weights }] of sampled.entries()) taps.weights.set(weights.map(fixedPoint), out * stride)
  return taps
}
