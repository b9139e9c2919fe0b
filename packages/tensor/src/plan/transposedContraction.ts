import type { Tensor } from "../graph/tensor.ts"
import { permuteOp } from "../ops/permute.ts"
import { simplify } from "./simplify.ts"

const swapLast = (rank: number): readonly number[] =>
  Array.from({ length: rank }, (_, i) => (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i))

const isSwap = (order: readonly number[]): boolean =>
  order.length >= 2 && swapLast(order.length).every((axis, i) => order[i] === axis)

// A node between those described: ids only have to stay in order.
const swapped = (tensor: Tensor, id: number): Tensor => {
  const order = swapLast(tensor.shape.length)
  const shape = order.map((axis) => tensor.shape[axis]!)
  const op = permuteOp as unknown as Tensor["op"]
  return simplify({ ...tensor, id, op, inputs: [tensor], attributes: { order }, shape })
}

/**
 * For the transpose of a contraction that nobody else reads (`single` holds the ids of such nodes): the contraction of
 * the transposed operands in reverse order, which are free views. `null` for any other node.
 */
export const transposedContraction = (tensor: Tensor, single: ReadonlySet<number>): Tensor | null => {
  const [product] = tensor.inputs
  const swaps = tensor.op.name === "permute" && isSwap(tensor.attributes["order"] as readonly number[])
  if (!swaps || product?.op.name !== "contract" || !single.has(product.id)) return null
  const [a, b] = product.inputs as readonly [Tensor, Tensor]
  return {
    ...product,
    id: tensor.id,
    inputs: [swapped(b, tensor.id - 0.6), swapped(a, tensor.id - 0.4)],
    shape: tensor.shape,
  }
}
