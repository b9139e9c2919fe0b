import { sizeOf } from "../../shape/shape.ts"
import type { Tensor } from "../../graph/tensor.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import type { Operand } from "./operand.ts"

/** Whether neighbours along an axis lie in whole vectors of four, wherever along the other axes they begin. */
const liesInVectors = ({ base, view, computed }: Operand, axis: number): boolean =>
  computed === undefined &&
  base.dtype === "f32" &&
  sizeOf(base.shape) % 4 === 0 &&
  view.offset % 4 === 0 &&
  view.shape[axis]! % 4 === 0 &&
  view.strides.every((stride, i) => (i === axis ? stride === 1 : view.shape[i] === 1 || stride % 4 === 0))

// What is updated in place is bound as the output is, by elements.
const isInput = ({ load }: Operand): boolean => load.startsWith("load_in")

/** An operand, and the axis along which a kernel could read four neighbours at a time; none where it reads elements only. */
export type Reading = readonly [operand: Operand, axis: number | null]

/**
 * Tensors that a kernel binds as vectors of four: all that it reads of them lies so. `code` is what else it runs, whose reads are of
 * elements.
 */
export const vectorReads = (readings: readonly Reading[], code: string): ReadonlySet<Tensor> => {
  const isPlain = ([operand, axis]: Reading): boolean =>
    axis === null || !liesInVectors(operand, axis) || !isInput(operand) || code.includes(`${operand.load}(`)
  const plain = new Set(readings.filter(isPlain).map(([{ base }]) => base))
  return new Set(readings.map(([{ base }]) => base).filter((base) => !plain.has(base)))
}

/** Entries in which these tensors are read as vectors, by `load4_<name>(i / 4)`. */
export const withVectors = (entries: Kernel["bindings"], vectors: ReadonlySet<Tensor>): Kernel["bindings"] =>
  entries.map((entry) =>
    entry.binding.access === "read" && vectors.has(entry.buffer as Tensor)
      ? { ...entry, binding: { ...entry.binding, vector: true } }
      : entry,
  )

/** The function that reads four neighbours of an operand. */
export const vectorLoad = ({ load }: Operand): string => load.replace("load_", "load4_")
