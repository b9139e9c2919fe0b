import { hostZeros, isFloating, type DType, type HostData } from "./dtype.ts"
import { reachable, isTensor, type Tensor } from "./graph.ts"
import type { Attributes, HostArray, Op } from "./op.ts"
import { inputOp, type InputAttributes } from "./ops/input.ts"
import { hostArray } from "./host/array.ts"
import { sizeOf } from "./shape.ts"
import { leavesOf, mapTree, type Mapped } from "./tree.ts"

export interface InterpretOptions {
  /**
   * "element" (the default) rounds each node to its element type, as a device that fuses nothing would. "f64" keeps
   * floating values in Float64Arrays throughout: for finite differences, and for telling rounding from mistakes.
   */
  readonly precision?: "element" | "f64"
}

type Precision = NonNullable<InterpretOptions["precision"]>

// The references read and write numbers by index, so the wider storage needs no code of theirs; no device ever sees it.
const storage = (dtype: DType, size: number, precision: Precision): HostData =>
  precision === "f64" && isFloating(dtype) ? (new Float64Array(size) as unknown as HostData) : hostZeros(dtype, size)

const evaluate = (
  tensor: Tensor,
  values: ReadonlyMap<Tensor, HostArray>,
  given: ReadonlyMap<string, HostArray>,
  precision: Precision,
): HostArray => {
  const { path } = tensor.attributes as Partial<InputAttributes>
  const argument = tensor.op.name === inputOp.name && path !== undefined ? given.get(path) : undefined
  if (argument !== undefined) return argument
  const { shape, dtype } = tensor
  const output = hostArray({ shape, dtype }, storage(dtype, sizeOf(shape), precision))
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

/**
 * Evaluates expressions by the ops' CPU references, node by node: slow, exact to the rounding of each node's element
 * type, and independent of the compiler. `given` maps the paths of program inputs to values. Throws `InvalidData` for an
 * input that was not given.
 */
export const interpret = <T>(
  outputs: T,
  given: ReadonlyMap<string, HostArray> = new Map(),
  { precision = "element" }: InterpretOptions = {},
): Mapped<T, Tensor, HostArray> => {
  const roots = leavesOf(outputs, isTensor).map(({ leaf }) => leaf)
  const values = new Map<Tensor, HostArray>()
  const order = reachable(roots)
  const readers = countReaders(order, roots)
  for (const tensor of order) {
    values.set(tensor, evaluate(tensor, values, given, precision))
    for (const input of tensor.inputs) {
      const left = readers.get(input)! - 1
      readers.set(input, left)
      // Nothing reads it any more: large models would otherwise keep every intermediate value.
      if (left === 0) values.delete(input)
    }
  }
  return mapTree(outputs, isTensor, (tensor) => values.get(tensor)!)
}
