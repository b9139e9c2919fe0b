import { dual } from "../dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph.ts"
import { matmul } from "./contract.ts"
import { constant } from "./input.ts"

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

const transposed = (weights: Float32Array, rows: number, columns: number): Float32Array =>
  weights.map((_, i) => weights[(i % rows) * columns + Math.floor(i / rows)]!)

const acrossWidth = (x: Tensor, to: number): Tensor => {
  const from = x.shape.at(-1)!
  return from === to ? x : matmul(x, constant(transposed(interpolation(from, to), to, from), [from, to]))
}

const acrossHeight = (x: Tensor, to: number): Tensor => {
  const from = x.shape.at(-2)!
  return from === to ? x : matmul(constant(interpolation(from, to), [to, from]), x)
}

/**
 * Bilinear resize as PyTorch's `interpolate(mode="bilinear", align_corners=False, antialias=False)`: pixel centres at
 * (i + ½)·from/to - ½. x: [n, c, h, w] → [n, c, ...size]. Two contractions with constant matrices, so that the gradient is
 * two contractions too and needs no scattering. Throws `ShapeMismatch`.
 */
export const resizeBilinear = dual((x, size: readonly [height: number, width: number]) =>
  x.shape.length === 4
    ? acrossHeight(acrossWidth(x, size[1]), size[0])
    : raise({
        _tag: "ShapeMismatch",
        op: "resizeBilinear",
        operands: [{ name: "x", shape: x.shape, dtype: x.dtype }],
        rule: "x must be [n, c, h, w]",
        remedy: "unsqueeze(x, 0) adds a batch axis",
      }),
)
