import type { KernelFacts } from "../adapter/kernelFacts.ts"
import { withInputs } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { expandOp } from "../ops/expand.ts"
import { reshapeOp } from "../ops/reshape.ts"
import { sizeOf, type Shape } from "../shape/shape.ts"
import { rewrite } from "./normalise.ts"
import { isMovement, stridedSource } from "../kernels/emit/stridedSource.ts"

/** Rows of a matrix below which tiles would stay half empty. */
const fewestRows = 32

// Ids only have to stay in the order in which nodes can be computed.
const shapedAs = (tensor: Tensor, op: typeof reshapeOp | typeof expandOp, shape: Shape, id: number): Tensor => ({
  ...tensor,
  id,
  op: op as unknown as Tensor["op"],
  inputs: [tensor],
  attributes: { shape },
  shape,
})

const isView = (operand: Tensor): boolean => stridedSource(operand, (tensor) => !isMovement(tensor)) !== null

/** The leading axes of `below` as a batch that leaves rows [batch, rows, depth] a view, the fewest; null where none does. */
const asBatch = (below: Tensor, rows: number, depth: number, id: number): Tensor | null => {
  for (let axes = 1; axes < below.shape.length; axes++) {
    const batch = sizeOf(below.shape.slice(0, axes))
    if (rows % batch !== 0 || rows / batch < fewestRows) return null
    const viewed = shapedAs(below, reshapeOp, [batch, rows / batch, depth], id)
    if (batch > 1 && isView(viewed)) return viewed
  }
  return null
}

const viewed = (product: Tensor): Tensor => {
  const [a, b] = product.inputs
  if (product.op.name !== "contract" || product.shape.length !== 2 || a!.op.name !== "reshape" || isView(a!))
    return product
  const { id } = product
  const [rows, columns] = product.shape as readonly [number, number]
  const depth = a!.shape[1]!
  const left = asBatch(a!.inputs[0]!, rows, depth, id - 0.6)
  if (left === null) return product
  const [batch, each] = left.shape as readonly [number, number]
  const right = shapedAs(b!, expandOp, [batch, depth, columns], id - 0.4)
  const products: Tensor = { ...withInputs(product, [left, right]), id: id - 0.2, shape: [batch, each, columns] }
  return shapedAs(products, reshapeOp, product.shape, id)
}

/**
 * The same graph in which matrices that are no view of what is stored, since the pixels of several images follow one another in
 * them, are batches of matrices that are. On GPUs, whose contractions read any strides: laying out anew is a launch of its own.
 */
export const withViewedRows = (roots: readonly Tensor[], { isSoftware = false }: KernelFacts): readonly Tensor[] =>
  isSoftware ? roots : rewrite(roots, viewed)
