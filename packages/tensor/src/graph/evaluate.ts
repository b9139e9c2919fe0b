import { hostZeros, isFloating, type DType, type HostData } from "../dtype/dtype.ts"
import type { Tensor } from "./tensor.ts"
import type { Attributes, Op } from "../op/op.ts"
import { hostArray, type HostArray } from "../host/array.ts"
import { reachable } from "./reachable.ts"
import { sizeOf } from "../shape/shape.ts"

/** How values between ops are kept: rounded to each node's element type, or floating ones in f64 throughout. */
export type Rounding = "element" | "f64"

// The references read and write numbers by index, so the wider storage needs no code of theirs; no device ever sees it.
const storage = (dtype: DType, size: number, rounding: Rounding): HostData =>
  rounding === "f64" && isFloating(dtype) ? (new Float64Array(size) as unknown as HostData) : hostZeros(dtype, size)

const valueOf = (
  tensor: Tensor,
  values: ReadonlyMap<Tensor, HostArray>,
  given: ReadonlyMap<string, HostArray>,
  rounding: Rounding,
): HostArray => {
  const { path } = tensor.attributes as { readonly path?: string }
  const argument = tensor.op.name === "input" && path !== undefined ? given.get(path) : undefined
  if (argument !== undefined) return argument
  const { shape, dtype } = tensor
  const output = hostArray({ shape, dtype }, storage(dtype, sizeOf(shape), rounding))
  const op = tensor.op as unknown as Op<Attributes>
  op.cpu(
    tensor.inputs.map((input) => values.get(input)!),
    output,
    tensor.attributes,
  )
  return output
}

// How many nodes still want each value; the roots are wanted for ever.
const countReaders = (order: readonly Tensor[], roots: readonly Tensor[]): Map<Tensor, number> => {
  const readers = new Map<Tensor, number>(roots.map((root) => [root, Infinity]))
  for (const { inputs } of order) for (const input of inputs) readers.set(input, (readers.get(input) ?? 0) + 1)
  return readers
}

/** The values of expressions by the ops' references, node by node. `given`: values of a program's inputs, by their paths. */
export const evaluate = (
  roots: readonly Tensor[],
  given: ReadonlyMap<string, HostArray>,
  rounding: Rounding,
): readonly HostArray[] => {
  const values = new Map<Tensor, HostArray>()
  const order = reachable(roots)
  const readers = countReaders(order, roots)
  for (const tensor of order) {
    values.set(tensor, valueOf(tensor, values, given, rounding))
    for (const input of tensor.inputs) {
      const left = readers.get(input)! - 1
      readers.set(input, left)
      // Nothing reads it any more: large models would otherwise keep every intermediate value.
      if (left === 0) values.delete(input)
    }
  }
  return roots.map((root) => values.get(root)!)
}
