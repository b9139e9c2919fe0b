import { dual } from "../dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph.ts"
import { optionsOf } from "../options.ts"
import { matmul } from "./contract.ts"
import { constant } from "./input.ts"

export interface ResizeOptions {
  /** Whether outputs of a shrinking image are means of all that they stand for; no. */
  readonly antialias?: boolean
}

// Row o holds the two weights with which output o reads the input: PyTorch's rule for align_corners = false. Its scale is
// an f32; the place is not rounded before its fraction is taken, which an f32 would blur by 1e-5 at pixel 400.
const interpolation = (from: number, to: number): Float32Array => {
  const weights = new Float32Array(from * to)
  const scale = Math.fround(from / to)
  for (let o = 0; o < to; o++) {
    const place = Math.max(0, scale * (o + 0.5) - 0.5)
    const first = Math.min(Math.floor(place), from - 1)
    const second = Math.min(first + 1, from - 1)
    const share = Math.fround(place - first)
    weights[o * from + first]! += 1 - share
    weights[o * from + second]! += share
  }
  return weights
}

// A triangle as wide as the step between outputs, cut at the image's edge and made to sum to 1: PyTorch's rule for antialias = true.
const averaging = (from: number, to: number): Float32Array => {
  const weights = new Float32Array(from * to)
  const scale = from / to
  const reach = Math.max(scale, 1)
  for (let o = 0; o < to; o++) {
    const centre = scale * (o + 0.5)
    const first = Math.max(0, Math.trunc(centre - reach + 0.5))
    const last = Math.min(from, Math.trunc(centre + reach + 0.5))
    const shares = Array.from({ length: last - first }, (_, i) =>
      Math.max(0, 1 - Math.abs((first + i - centre + 0.5) / reach)),
    )
    const sum = shares.reduce((a, b) => a + b)
    shares.forEach((share, i) => (weights[o * from + first + i] = share / sum))
  }
  return weights
}

const weightsOf = (from: number, to: number, { antialias = false }: ResizeOptions): Float32Array =>
  antialias ? averaging(from, to) : interpolation(from, to)

const transposed = (weights: Float32Array, rows: number, columns: number): Float32Array =>
  weights.map((_, i) => weights[(i % rows) * columns + Math.floor(i / rows)]!)

const acrossWidth = (x: Tensor, to: number, options: ResizeOptions): Tensor => {
  const from = x.shape.at(-1)!
  return from === to ? x : matmul(x, constant(transposed(weightsOf(from, to, options), to, from), [from, to]))
}

const acrossHeight = (x: Tensor, to: number, options: ResizeOptions): Tensor => {
  const from = x.shape.at(-2)!
  return from === to ? x : matmul(constant(weightsOf(from, to, options), [to, from]), x)
}

/**
 * Bilinear resize as PyTorch's `interpolate(mode="bilinear", align_corners=False)`: pixel centres at (i + ½)·from/to - ½.
 * With `antialias` every pixel counts when an image shrinks, each output being a mean over what it stands for; without (the
 * default) only the two neighbours on each axis. x: [n, c, h, w] → [n, c, ...size]. Two contractions with constant matrices, so
 * that the gradient is two contractions too and needs no scattering. Throws `ShapeMismatch`.
 */
export const resizeBilinear = dual(
  "resizeBilinear",
  (x, size: readonly [height: number, width: number], options: ResizeOptions = {}) => {
    const known = optionsOf("resizeBilinear", options, ["antialias"])
    return x.shape.length === 4
      ? acrossHeight(acrossWidth(x, size[1], known), size[0], known)
      : raise({
          _tag: "ShapeMismatch",
          op: "resizeBilinear",
          operands: [{ name: "x", shape: x.shape, dtype: x.dtype }],
          rule: "x must be [n, c, h, w]",
          remedy: "unsqueeze(x, 0) adds a batch axis",
        })
  },
)
