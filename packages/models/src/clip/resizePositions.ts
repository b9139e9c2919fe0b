import { sampleWeights, type SampleWeights } from "../image/resize/resampleTaps.ts"
import { bicubic } from "../image/resize/resampleFilter.ts"

/** A table of learned positions: rows of `width` numbers, those of class tokens first, then a square grid row by row. */
export interface PositionTable {
  readonly values: Float32Array
  readonly width: number
  /** Rows before the grid; they stay as they are. */
  readonly classTokens: number
}

/** Edge of a table's grid, or undefined if its patches make no square. */
export const gridEdge = (rows: number, classTokens: number): number | undefined => {
  const edge = Math.round(Math.sqrt(rows - classTokens))
  return edge > 0 && edge * edge === rows - classTokens ? edge : undefined
}

/** Resamples one axis.  values: [outer, from, inner] → [outer, to, inner] */
const resampleAxis = (values: Float64Array, from: number, inner: number, taps: SampleWeights): Float64Array => {
  const outer = values.length / (from * inner)
  const to = taps.length
  const result = new Float64Array(outer * to * inner)
  for (let o = 0; o < outer; o++)
    for (const [place, { first, weights }] of taps.entries())
      for (const [tap, weight] of weights.entries()) {
        const [source, target] = [(o * from + first + tap) * inner, (o * to + place) * inner]
        for (let i = 0; i < inner; i++) result[target + i]! += weight * values[source + i]!
      }
  return result
}

/**
 * The table for another grid of patches, so that a tower sees images of another size: bicubic with antialiasing (Keys'
 * a = −½) along x, then along y; class tokens are kept. [classTokens + from², width] → [classTokens + to², width]
 * Source: open_clip model.py `resize_pos_embed` (v2.24); timm layers/pos_embed.py `resample_abs_pos_embed` (v0.9.8).
 */
export const resizePositions = ({ values, width, classTokens }: PositionTable, from: number, to: number) => {
  if (from === to) return Float32Array.from(values)
  const kept = classTokens * width
  const taps = sampleWeights(from, to, bicubic)
  const rows = resampleAxis(Float64Array.from(values.subarray(kept)), from, width, taps)
  const resized = new Float32Array(kept + to * to * width)
  resized.set(values.subarray(0, kept))
  resized.set(resampleAxis(rows, from, to * width, taps), kept)
  return resized
}
