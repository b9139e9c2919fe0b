import { dot, vectorAt, vectorCount, type VectorTable } from "../features/vectorTable.ts"
import { bootstrap, type BootstrapOptions } from "../statistics/bootstrap.ts"
import type { Estimate } from "../statistics/interval.ts"
import { wilson } from "../statistics/wilson.ts"

/** How far training moved images away from the texts they were aligned with. 1 everywhere: nothing moved. */
export interface Drift {
  /** Mean cosine of an image's vectors before and after. */
  readonly images: Estimate
  /** Correlation of all image-to-text similarities before and after. */
  readonly similarities: Estimate
  /** Share of images whose nearest text is the same before and after. */
  readonly agreement: Estimate
}

const cosine = (a: Float32Array, b: Float32Array): number => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))

/** Cosines of an image with every text. */
const similaritiesOf = (image: Float32Array, texts: VectorTable): readonly number[] =>
  Array.from({ length: vectorCount(texts) }, (_, i) => cosine(image, vectorAt(texts, i)))

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

/** Sums from which a correlation follows, so that a resample of images is a sum of their sums. */
interface Moments {
  readonly n: number
  readonly a: number
  readonly b: number
  readonly aa: number
  readonly bb: number
  readonly ab: number
}

const momentsOf = (a: readonly number[], b: readonly number[]): Moments => ({
  n: a.length,
  a: mean(a) * a.length,
  b: mean(b) * b.length,
  aa: dot(a, a),
  bb: dot(b, b),
  ab: dot(a, b),
})

const correlation = (parts: readonly Moments[], units: Uint32Array): number => {
  let [n, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0]
  for (const unit of units) {
    const part = parts[unit]!
    n += part.n
    a += part.a
    b += part.b
    aa += part.aa
    bb += part.bb
    ab += part.ab
  }
  return (n * ab - a * b) / Math.sqrt((n * aa - a * a) * (n * bb - b * b))
}

const nearest = (similarities: readonly number[]): number => similarities.indexOf(Math.max(...similarities))

/**
 * Measures what training did to the alignment of images and texts. Tables of image vectors of the same images in the same
 * order, before and after; text vectors of each model (the same where only the image tower was trained).
 */
export const driftOf = (
  before: { readonly images: VectorTable; readonly texts: VectorTable },
  after: { readonly images: VectorTable; readonly texts: VectorTable },
  options: BootstrapOptions = { resamples: 1000 },
): Drift => {
  const count = vectorCount(before.images)
  const all = Array.from({ length: count }, (_, i) => {
    const [a, b] = [vectorAt(before.images, i), vectorAt(after.images, i)]
    const [first, second] = [similaritiesOf(a, before.texts), similaritiesOf(b, after.texts)]
    return { moved: cosine(a, b), moments: momentsOf(first, second), agrees: nearest(first) === nearest(second) }
  })
  const meanOver = (units: Uint32Array): number => {
    let sum = 0
    for (const unit of units) sum += all[unit]!.moved
    return sum / units.length
  }
  const moments = all.map((each) => each.moments)
  return {
    images: bootstrap(count, meanOver, options),
    similarities: bootstrap(count, (units) => correlation(moments, units), options),
    agreement: wilson(all.filter(({ agrees }) => agrees).length, count),
  }
}
