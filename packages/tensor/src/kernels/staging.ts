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
  /** Rows and texels from one batch entry to the next, per batch axis. */
  readonly batch: readonly { readonly rows: number; readonly texels: number }[]
}

/** Elements of a texel: four f32 or eight f16. */
const texelElements = (dtype: DType): number => (dtype === "f16" ? 8 : 4)

// Copies into textures move whole multiples of 256 bytes per row, sixteen texels.
const fitsTexture = (base: Tensor, pitch: number, limits: KernelLimits): boolean =>
  isFloating(base.dtype) &&
  pitch % (16 * texelElements(base.dtype)) === 0 &&
  sizeOf(base.shape) % pitch === 0 &&
  pitch / texelElements(base.dtype) + 4 <= limits.textureExtent &&
  sizeOf(base.shape) / pitch <= limits.textureExtent

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
  if (pitch === 0 || !fitsTexture(base, pitch, limits)) return null
  const texel = texelElements(base.dtype)
  const start = placeIn(pitch, texel, view.offset)
  const batch = axes.map((axis) => placeIn(pitch, texel, axis[side]))
  if (start === null || batch.includes(null)) return null
  const packed = base.dtype === "f16"
  const staged: Staged = { staged: base, packed, width: pitch / texel, height: sizeOf(base.shape) / pitch }
  return { staged, across, row: start.rows, texel: start.texels, batch: batch as StagedMatrix["batch"] }
}
