import { sizeOf } from "../../shape/shape.ts"
import { contiguousView } from "../../shape/view.ts"
import type { Operand } from "./operand.ts"

/** Elements from whose multiples on vectors and texels of every element type begin. */
const alignment = 8

const stridesOf = ({ view: { shape, strides } }: Operand): readonly number[] =>
  strides.map((stride, axis) => (shape[axis] === 1 ? 0 : stride))

const isPacked = ({ base, view }: Operand): boolean =>
  contiguousView(view.shape).strides.every((stride, axis) => view.shape[axis] === 1 || view.strides[axis] === stride) &&
  sizeOf(base.shape) === sizeOf(view.shape)

// The last two axes exchanged, all else in order.
const isTransposed = (operand: Operand): boolean => {
  const { shape, strides, offset } = operand.view
  const rank = shape.length
  if (rank < 2) return false
  const exchanged = <A>(list: readonly A[]): readonly A[] => [...list.slice(0, -2), list[rank - 1]!, list[rank - 2]!]
  return isPacked({ ...operand, view: { shape: exchanged(shape), strides: exchanged(strides), offset } })
}

const viewText = (operand: Operand): string => {
  if (operand.computed !== undefined) return "computed"
  if (isPacked(operand)) return ""
  if (isTransposed(operand)) return "t"
  const start = operand.view.offset % alignment
  return `[${stridesOf(operand).join(" ")}${start === 0 ? "" : ` from ${start}`} of ${sizeOf(operand.base.shape)}]`
}

/**
 * How an operand lies in memory, for keys: empty where it is f32 and packed in order of its axes, `t` where its last two are
 * exchanged, else its strides, how its begin is aligned and the elements of what it is a view of.
 */
export const layoutText = (operand: Operand): string => {
  const type = operand.base.dtype === "f32" ? "" : operand.base.dtype
  return [type, viewText(operand)].filter((part) => part !== "").join(" ")
}

/** The layouts of named operands, those left out that are plain. */
export const layoutsText = (operands: Readonly<Record<string, Operand>>): string =>
  Object.entries(operands)
    .map(([name, operand]) => [name, layoutText(operand)] as const)
    .filter(([, layout]) => layout !== "")
    .map(([name, layout]) => ` ${name}: ${layout}`)
    .join("")
