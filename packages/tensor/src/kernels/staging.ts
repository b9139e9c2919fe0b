import { isFloating, type DType } from "../dtype.ts"
import type { Tensor } from "../graph.ts"
import { sizeOf } from "../shape.ts"
import type { View } from "../view.ts"
import type { Batch } from "./batch.ts"
import type { KernelLimits, Staged } from "./kernel.ts"

/**
 * How a kernel finds a matrix inside a texture: row r, column c of batch z lies in texel (texel + c / elements of a texel,
 * row + r), each shifted by the batch. `across` says that the matrix lies transposed.
 */
export interface StagedMatrix {
  readonly staged: Staged
  readonly across: boolean
  readonly row: number
  readonly texel: number
  /** Rows that lie side by side in a row of the texture, a power of two: copies move whole multiples of 256 bytes. */
  readonly abreast: number
  /** Rows and texels from one batch entry to the next, per batch axis. */
  readonly batch: readonly { readonly rows: number; readonly texels: number }[]
}

/** Elements of a texel: four f32 or eight f16. */
const texelElements = (dtype: DType): number => (dtype === "f16" ? 8 : 4)

// Copies into textures move whole multiples of 256 bytes per row, sixteen texels; rows that are no such multiple lie abreast.
const rowsAbreast = (pitch: number, texel: number): number | null =>
  [1, 2, 4].find((rows) => (pitch * rows) % (16 * texel) === 0) ?? null

const fitsTexture = (base: Tensor, pitch: number, abreast: number, limits: KernelLimits): boolean => {
  const rows = sizeOf(base.shape) / pitch
  return (
    isFloating(base.dtype) &&
    pitch % texelElements(base.dtype) === 0 &&
    rows % abreast === 0 &&
    (pitch * abreast) / texelElements(base.dtype) + 4 <= limits.textureExtent &&
    rows / abreast <= limits.textureExtent
  )
}

interface Place {
  readonly rows: number
  readonly texels: number
}

const placeIn = (pitch: number, texel: number, elements: number): Place | null =>
  (elements % pitch) % texel === 0 ? { rows: Math.floor(elements / pitch), texels: (elements % pitch) / texel } : null

/**
 * The last two axes of a view as a matrix in a texture, or `null` when its rows are not whole texels of one pitch.
 * A matrix whose first axis is the contiguous one is staged as it lies and read across.
 */
export const stageMatrix = (
  base: Tensor,
  view: View,
  axes: readonly Batch[],
  side: "a" | "b",
  limits: KernelLimits,
): StagedMatrix | null => {
  const rank = view.shape.length
  const [outer, inner] = [view.strides[rank - 2]!, view.strides[rank - 1]!]
  const across = inner !== 1
  if (across && outer !== 1) return null
  const pitch = across ? inner : outer
  const texel = texelElements(base.dtype)
  // Only packed weights are read that way: elsewhere the address costs what it saves.
  const abreast =
    base.dtype === "f16" && side === "b" ? rowsAbreast(pitch, texel) : pitch % (16 * texel) === 0 ? 1 : null
  if (pitch === 0 || abreast === null || !fitsTexture(base, pitch, abreast, limits)) return null
  const start = placeIn(pitch, texel, view.offset)
  const batch = axes.map((axis) => placeIn(pitch, texel, axis[side]))
  if (start === null || batch.includes(null)) return null
  const packed = base.dtype === "f16"
  const staged: Staged = {
    staged: base,
    packed,
    width: (pitch * abreast) / texel,
    height: sizeOf(base.shape) / pitch / abreast,
  }
  return { staged, across, row: start.rows, texel: start.texels, abreast, batch: batch as StagedMatrix["batch"] }
}
