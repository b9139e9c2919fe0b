import { statement, wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { Staged } from "../dispatch/kernel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { range, type Operand } from "../emit/operand.ts"

/**
 * How a kernel finds the heads of an operand in a texture of four-element texels. Row i of a head lies in texture row
 * (start + i) >> shift, and 2^shift rows of the operand lie side by side in one: heads of a projection need no
 * shift, narrow or very many rows do.
 */
export interface StagedHeads {
  readonly name: string
  readonly staged: Staged
  readonly folded: boolean
  /** Whether heads lie one behind the other without gaps between tokens, each from a row of `panelTexels` texels on. */
  readonly flat?: true
  readonly params: Readonly<Record<string, number>>
}

/** Texels of a row of packed heads. */
export const panelTexels = 1024

/** Texels from one token of a packed head to the next. Powers of two would fall into few sets of a cache. */
export const panelPitch = (width: number): number => width / 4 + 4

// Copies into textures move whole multiples of 256 bytes per row.
const rowMultiple = 64

const fits = (size: number, pitch: number, { textureExtent }: KernelFacts): boolean =>
  pitch % rowMultiple === 0 && size % pitch === 0 && pitch / 4 + 4 <= textureExtent && size / pitch <= textureExtent

const foldOf = (size: number, row: number, limits: KernelFacts): number | undefined =>
  range(7).find((shift) => fits(size, row << shift, limits))

// The distance between tokens; a single token may lie anywhere, so that a row is all that its heads share.
const rowOf = ({ base, view: { shape, strides } }: Operand): number => {
  if (shape[2]! > 1) return strides[2]!
  return shape[0]! > 1 && strides[0]! > 0 ? strides[0]! : sizeOf(base.shape)
}

/** A view [batch, heads, tokens, width] as texels, or `null` when its rows are not whole texels one behind the other. */
export const stageHeads = (name: string, operand: Operand, limits: KernelFacts): StagedHeads | null => {
  const { base, view } = operand
  const [batch, heads, , width] = view.shape as readonly [number, number, number, number]
  const [row, column] = [rowOf(operand), view.strides[3]!]
  if (base.dtype !== "f32" || column !== 1 || row === 0 || row % 4 !== 0) return null
  const shift = foldOf(sizeOf(base.shape), row, limits)
  if (shift === undefined) return null
  // An axis of one element may have any stride.
  const steps = [view.offset, batch > 1 ? view.strides[0]! : 0, heads > 1 ? view.strides[1]! : 0]
  const [start, perBatch, perHead] = steps.map((step) => step % row) as [number, number, number]
  const inRow = start + (batch - 1) * perBatch + (heads - 1) * perHead + width <= row
  if (!inRow || steps.some((step) => (step % row) % 4 !== 0)) return null
  const parts = ["", "_b", "_h"].flatMap((axis, i) => [
    [`${name}_row${axis}`, Math.floor(steps[i]! / row)] as const,
    [`${name}_texel${axis}`, (steps[i]! % row) / 4] as const,
  ])
  const fold = { [`${name}_shift`]: shift, [`${name}_mask`]: (1 << shift) - 1, [`${name}_pitch`]: row / 4 }
  const pitch = row << shift
  return {
    name,
    staged: { staged: base, width: pitch / 4, height: sizeOf(base.shape) / pitch },
    folded: shift > 0,
    params: { ...Object.fromEntries(parts), ...(shift > 0 ? fold : {}) },
  }
}

/** `fn read_<name>(texel, row)`: four elements of a row of the operand. */
export const readFunction = ({ name, folded }: StagedHeads): string =>
  statement`fn read_${name}(texel: u32, row: u32) -> vec4<f32> { return textureLoad(t_${name}, ${
    folded
      ? wgsl`vec2<u32>(texel + (row & params.${name}_mask) * params.${name}_pitch, row >> params.${name}_shift)`
      : wgsl`vec2<u32>(texel, row)`
  }); }`

/** `<name>_texel` and `<name>_row`: where head h of batch entry b begins. */
export const startLines = ({ name, flat }: StagedHeads): readonly string[] =>
  flat === true
    ? [statement`let ${name}_row = head * params.${name}_rows;`]
    : ["texel", "row"].map(
        (part) =>
          statement`let ${name}_${part} = params.${name}_${part} + b * params.${name}_${part}_b + h * params.${name}_${part}_h;`,
      )
