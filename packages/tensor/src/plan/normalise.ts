import { isView } from "../dtype/float16.ts"
import { withInputs } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { reachable } from "../graph/reachable.ts"
import type { Attributes, Op } from "../op/op.ts"
import { fillOp } from "../ops/fill.ts"
import { highest, lowest } from "../op/reduction.ts"
import { sizeOf } from "../shape/shape.ts"
import { simplify } from "./simplify.ts"
import { transposedContraction } from "./transposedContraction.ts"

const opOf = (tensor: Tensor): Op<Attributes> => tensor.op as unknown as Op<Attributes>

// JSON has no -0, NaN or infinities, yet two fills that differ in them are different nodes.
const exactNumber = (_key: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `#${Object.is(value, -0) ? "-0" : value}`
    : value

/** A node's attributes as text; a node whose attributes are no plain data is like no other. */
export const attributeKey = (tensor: Tensor): string =>
  Object.values(tensor.attributes).some((value) => isView(value) || typeof value === "function")
    ? `node ${tensor.id}`
    : JSON.stringify(tensor.attributes, exactNumber)

const nodeKey = (tensor: Tensor): string =>
  `${tensor.op.name}|${tensor.dtype}|${tensor.shape.join(",")}|${attributeKey(tensor)}|${tensor.inputs.map(({ id }) => id).join(",")}`

/** A node that keeps its place in the order of description although another op computes it. */
const standIn = (original: Tensor, replacement: Tensor): Tensor =>
  replacement.id > original.id ? { ...replacement, id: original.id, trace: original.trace } : replacement

const keepsApart = (tensor: Tensor): boolean => tensor.op.name === "recompute"

// Nothing needs to run for what has no elements, nor for a contraction or a sum over nothing, which is 0.
const isEmpty = (tensor: Tensor): boolean => {
  const { kind } = opOf(tensor).lowering
  if (sizeOf(tensor.shape) === 0) return kind !== "source"
  return (kind === "reduce" || kind === "kernel") && tensor.inputs.some(({ shape }) => sizeOf(shape) === 0)
}

const emptyValue = (tensor: Tensor): number => {
  const { lowering } = opOf(tensor)
  if (lowering.kind !== "reduce" || lowering.combine === "sum") return 0
  return lowering.combine === "min" ? highest(tensor.dtype) : lowest(tensor.dtype)
}

const emptied = (tensor: Tensor): Tensor => ({
  ...tensor,
  op: fillOp as unknown as Op<never>,
  inputs: [],
  attributes: { shape: tensor.shape, dtype: tensor.dtype, value: emptyValue(tensor) },
})

/** The same graph with each node replaced, inputs first. */
export const rewrite = (roots: readonly Tensor[], change: (tensor: Tensor) => Tensor): readonly Tensor[] => {
  const changed = new Map<Tensor, Tensor>()
  for (const tensor of reachable(roots)) {
    const inputs = tensor.inputs.map((input) => changed.get(input)!)
    const moved = inputs.every((input, i) => input === tensor.inputs[i]) ? tensor : withInputs(tensor, inputs)
    changed.set(tensor, change(moved))
  }
  return roots.map((root) => changed.get(root)!)
}

const skipAlias = (tensor: Tensor): Tensor => (opOf(tensor).lowering.kind === "alias" ? tensor.inputs[0]! : tensor)

const mergeEqual = (): ((tensor: Tensor) => Tensor) => {
  const known = new Map<string, Tensor>()
  return (tensor) => {
    if (opOf(tensor).lowering.kind === "alias" && !keepsApart(tensor)) return tensor.inputs[0]!
    const simple = isEmpty(tensor) ? emptied(tensor) : standIn(tensor, simplify(tensor))
    const key = nodeKey(simple)
    const held = known.get(key)
    if (held !== undefined) return held
    known.set(key, simple)
    return simple
  }
}

// (a·b)ᵀ = bᵀ·aᵀ: the gradient of a weight then comes out in the weight's own layout instead of through a copy.
const transposeContractions = (roots: readonly Tensor[]): readonly Tensor[] => {
  const readers = new Map<Tensor, number>()
  for (const tensor of reachable(roots))
    for (const input of tensor.inputs) readers.set(input, (readers.get(input) ?? 0) + 1)
  for (const root of roots) readers.set(root, (readers.get(root) ?? 0) + 1)
  const single = new Set([...readers].filter(([, count]) => count === 1).map(([{ id }]) => id))
  return rewrite(roots, (tensor) => transposedContraction(tensor, single) ?? tensor)
}

/**
 * The graph as the planner wants it: aliases gone, trivial nodes simplified, equal nodes merged. Replayed regions
 * (`recompute`) are merged among themselves only: they are dropped after merging, not before.
 */
export const normalise = (outputs: readonly Tensor[]): readonly Tensor[] =>
  transposeContractions(rewrite(rewrite(outputs, mergeEqual()), skipAlias))
