import { hostZeros } from "./dtype.ts"
import { reachable, isTensor, type Tensor } from "./graph.ts"
import type { Attributes, HostArray, Op } from "./op.ts"
import { inputOp, type InputAttributes } from "./ops/input.ts"
import { sizeOf } from "./shape.ts"
import { leavesOf, mapTree, type Mapped } from "./tree.ts"

const evaluate = (
  tensor: Tensor,
  values: ReadonlyMap<Tensor, HostArray>,
  given: ReadonlyMap<string, HostArray>,
): HostArray => {
  const { path } = tensor.attributes as Partial<InputAttributes>
  const argument = tensor.op.name === inputOp.name && path !== undefined ? given.get(path) : undefined
  if (argument !== undefined) return argument
  const output: HostArray = {
    shape: tensor.shape,
    dtype: tensor.dtype,
    data: hostZeros(tensor.dtype, sizeOf(tensor.shape)),
  }
  const op = tensor.op as unknown as Op<Attributes>
  op.cpu(
    tensor.inputs.map((input) => values.get(input)!),
    output,
    tensor.attributes,
  )
  return output
}

/**
 * Evaluates expressions by the ops' CPU references, node by node: slow, exact to the rounding of each node's element
 * type, and independent of the compiler. `given` maps the paths of program inputs to values.
 */
export const interpret = <T>(
  outputs: T,
  given: ReadonlyMap<string, HostArray> = new Map(),
): Mapped<T, Tensor, HostArray> => {
  const roots = leavesOf(outputs, isTensor).map(({ leaf }) => leaf)
  const values = new Map<Tensor, HostArray>()
  const order = reachable(roots)
  for (const tensor of order) values.set(tensor, evaluate(tensor, values, given))
  return mapTree(outputs, isTensor, (tensor) => values.get(tensor)!)
}
