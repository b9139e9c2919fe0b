import { isFloating, type DType } from "../../dtype/dtype.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { Operand } from "../emit/operand.ts"
import type { Batch } from "./batchAxes.ts"
import type { Staged } from "../dispatch/kernel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"

/**
 * How a kernel finds a matrix inside a texture: row r, column c of batch z lies in texel (texel + c / elements of a texel,
 * row + r), each shifted by the batch. `across` says that the matrix lies transposed.
 */
export interface StagedMatrix {
  readonly staged: Staged
  readonly across: boolean
  readonly row: number
  readonly texel: number
  /** Rows that lie side by side in a row of the texture, a power of two; the last row of the texture may hold fewer. */
  readonly abreast: number
  /** Rows and texels from one batch entry to the next, per batch axis. */
  readonly batch: readonly { readonly rows: number; readonly texels: number }[]
}

/** Elements of a texel: four f32 or eight f16. */
const texelElements = (dtype: DType): number => (dtype === "f16" ? 8 : 4)

const mostAbreast = 64

/**
 * Rows that lie side by side in a row of the texture: as many as make it whole multiples of 256 bytes, which is what copies
 * move, and leave no more rows than a texture has. `null` where no number does.
 */
const rowsAbreast = (base: Tensor, pitch: number, limits: KernelFacts): number | null => {
  const texel = texelElements(base.dtype)
  const rows = sizeOf(base.shape) / pitch
  if (!isFloating(base.dtype) || pitch % texel !== 0 || !Number.isInteger(rows)) return null
  for (let abreast = 1; abreast <= mostAbreast; abreast *= 2) {
    const isWhole = (pitch * abreast) % (16 * texel) === 0
    const fits = (pitch * abreast) / texel + 4 <= limits.textureExtent && rows / abreast <= limits.textureExtent
    if (isWhole && fits) return abreast
  }
  return null
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
  { base, view }: Pick<Operand, "base" | "view">,
  axes: readonly Batch[],
  side: "a" | "b",
  limits: KernelFacts,
): StagedMatrix | null => {
  const rank = view.shape.length
  const [outer, inner] = [view.strides[rank - 2]!, view.strides[rank - 1]!]
  const across = inner !== 1
  if (across && outer !== 1) return null
  const pitch = across ? inner : outer
  const texel = texelElements(base.dtype)
  const abreast = pitch === 0 ? null : rowsAbreast(base, pitch, limits)
  if (abreast === null) return null
  const start = placeIn(pitch, texel, view.offset)
  const batch = axes.map((axis) => placeIn(pitch, texel, axis[side]))
  if (start === null || batch.includes(null)) return null
  const packed = base.dtype === "f16"
  const staged: Staged = {
    staged: base,
    packed,
    width: (pitch * abreast) / texel,
    height: Math.ceil(sizeOf(base.shape) / pitch / abreast),
  }
  return { staged, across, row: start.rows, texel: start.texels, abreast, batch: batch as StagedMatrix["batch"] }
}
