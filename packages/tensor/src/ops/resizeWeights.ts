/** How the elements between the given ones are found: PyTorch's `interpolate` under the same names. */
export type ResizeMode = "nearest" | "bilinear" | "bicubic" | "area"

/** Shares of two or four neighbours, the first of which lies at `first`. */
interface Taps {
  readonly first: number
  readonly shares: readonly number[]
}

// Keys' kernel, by the distance from an element; a is PyTorch's: -0.75 between neighbours, -0.5 where it is stretched to antialias.
const cubic = (distance: number, a: number): number => {
  const d = Math.abs(distance)
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
}

const triangle = (distance: number): number => Math.max(0, 1 - Math.abs(distance))

// The scale is an f32, as in PyTorch; the place is not rounded before its fraction is taken, which an f32 would blur by 1e-5 at
// pixel 400.
const placesOf = (from: number, to: number, alignCorners: boolean): ((o: number) => number) => {
  if (alignCorners) {
    const scale = to > 1 ? Math.fround((from - 1) / (to - 1)) : 0
    return (o) => scale * o
  }
  const scale = Math.fround(from / to)
  return (o) => scale * (o + 0.5) - 0.5
}

const linearTaps = (place: number): Taps => {
  const inside = Math.max(0, place)
  const share = Math.fround(inside - Math.floor(inside))
  return { first: Math.floor(inside), shares: [1 - share, share] }
}

const cubicTaps = (place: number): Taps => {
  const first = Math.floor(place) - 1
  return { first, shares: [0, 1, 2, 3].map((i) => cubic(place - first - i, -0.75)) }
}

/** Row o holds the shares with which output o reads the input; what lies outside is the outermost element. */
const interpolating = (from: number, to: number, taps: (o: number) => Taps): Float32Array => {
  const weights = new Float32Array(from * to)
  for (let o = 0; o < to; o++) {
    const { first, shares } = taps(o)
    shares.forEach((share, i) => {
      weights[o * from + Math.min(from - 1, Math.max(0, first + i))]! += share
    })
  }
  return weights
}

// A kernel stretched to the step between outputs, cut at the image's edge and made to sum to 1: PyTorch's rule for antialias = true.
const averaging = (from: number, to: number, kernel: (distance: number) => number, width: number): Float32Array => {
  const weights = new Float32Array(from * to)
  const scale = from / to
  const stretch = Math.max(scale, 1)
  for (let o = 0; o < to; o++) {
    const centre = scale * (o + 0.5)
    const first = Math.max(0, Math.trunc(centre - width * stretch + 0.5))
    const end = Math.min(from, Math.trunc(centre + width * stretch + 0.5))
    const shares = Array.from({ length: end - first }, (_, i) => kernel((first + i - centre + 0.5) / stretch))
    const sum = shares.reduce((a, b) => a + b)
    shares.forEach((share, i) => (weights[o * from + first + i] = share / sum))
  }
  return weights
}

// The mean of the elements that output o covers, whole ones.
const covering = (from: number, to: number): Float32Array => {
  const weights = new Float32Array(from * to)
  for (let o = 0; o < to; o++) {
    const [first, end] = [Math.floor((o * from) / to), Math.ceil(((o + 1) * from) / to)]
    weights.fill(1 / (end - first), o * from + first, o * from + end)
  }
  return weights
}

export interface Interpolation {
  readonly mode: ResizeMode
  readonly alignCorners: boolean
  readonly antialias: boolean
}

/** The matrix [to, from] that resizes one axis. */
export const resizeWeights = (
  from: number,
  to: number,
  { mode, alignCorners, antialias }: Interpolation,
): Float32Array => {
  if (mode === "area") return covering(from, to)
  const isCubic = mode === "bicubic"
  if (antialias) return isCubic ? averaging(from, to, (d) => cubic(d, -0.5), 2) : averaging(from, to, triangle, 1)
  const place = placesOf(from, to, alignCorners)
  return interpolating(from, to, (o) => (isCubic ? cubicTaps : linearTaps)(place(o)))
}

/** Which element each output of an axis repeats: ⌊o · from / to⌋, in f32 as PyTorch computes it. */
export const nearestPlaces = (from: number, to: number): readonly number[] =>
  Array.from({ length: to }, (_, o) => Math.min(from - 1, Math.floor(Math.fround(Math.fround(from / to) * o))))
