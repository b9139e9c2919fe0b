/** A resampling kernel: `weight(x)` at distance x in (reduced) pixels, zero beyond `support`. */
export interface ResampleFilter {
  readonly support: number
  readonly weight: (x: number) => number
}

/** One where −½ < x ≤ ½: the mean of the pixels that an output pixel covers. */
export const box: ResampleFilter = { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) }

/** The triangle 1 − |x|. */
export const bilinear: ResampleFilter = { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) }

const inner = (x: number): number => (1.5 * x - 2.5) * x * x + 1
const outer = (x: number): number => (((x - 5) * x + 8) * x - 4) * -0.5

/** Keys' cubic with a = −½ (OpenCV and PyTorch without antialiasing use −¾). */
export const bicubic: ResampleFilter = {
  support: 2,
  weight: (x) => {
    const d = Math.abs(x)
    return d < 1 ? inner(d) : d < 2 ? outer(d) : 0
  },
}
