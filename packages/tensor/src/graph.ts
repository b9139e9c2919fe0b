import * as E from "fp-ts/lib/Either.js"
import { callerOf, raise, tensorError, withFrames } from "./error.ts"
import type { Attributes, Op } from "./op.ts"
import type { DType } from "./dtype.ts"
import { withCurrentPrecision } from "./precision/scope.ts"
import type { Shape } from "./shape.ts"

/**
 * A tensor is a pure expression: an op applied to tensors. It holds no numbers and belongs to no device. `id` grows in
 * the order of description, so it sorts any set of tensors topologically.
 */
export interface Tensor {
  readonly id: number
  readonly op: Op<never>
  readonly inputs: readonly Tensor[]
  readonly attributes: Attributes
  readonly shape: Shape
  readonly dtype: DType
  /** Where it was described; read it with `describedAt`. */
  readonly trace: { readonly stack?: string }
}

const marks = new WeakSet<object>()
let described = 0

export const isTensor = (value: unknown): value is Tensor =>
  typeof value === "object" && value !== null && marks.has(value)

/** The position in the user's program where `tensor` was described: `name (file:line:column)`. */
export const describedAt = (tensor: Tensor): string => callerOf(tensor.trace.stack)

// V8 formats a captured stack only when it is read, so capturing one per node costs about a microsecond.
const captureTrace = (): { readonly stack?: string } => {
  const holder: { stack?: string } = {}
  withFrames(() => Error.captureStackTrace?.(holder, applyOp))
  return holder
}

/** Describes `op` applied to `inputs`. Throws the op's typed error when its shape rule does not hold. */
export const applyOp = <A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor => {
  const spec = op.gives(inputs, attributes)
  if (E.isLeft(spec)) throw tensorError(spec.left)
  const tensor: Tensor = {
    id: described++,
    op: op as unknown as Op<never>,
    inputs,
    attributes: op.lowering.kind === "kernel" ? withCurrentPrecision(attributes) : attributes,
    // Of a spec these two only: a tensor is one too.
    shape: spec.right.shape,
    dtype: spec.right.dtype,
    trace: captureTrace(),
  }
  marks.add(tensor)
  return tensor
}

/** The same node with other inputs: how graph rewrites keep attributes and the position of description. */
export const withInputs = (tensor: Tensor, inputs: readonly Tensor[]): Tensor => {
  const copy: Tensor = { ...tensor, inputs }
  marks.add(copy)
  return copy
}

/** All nodes that `outputs` depend on, each after its inputs, in order of description. */
export const reachable = (outputs: readonly Tensor[]): readonly Tensor[] => {
  const seen = new Set<Tensor>()
  const stack = [...outputs]
  while (stack.length > 0) {
    const tensor = stack.pop()!
    if (seen.has(tensor)) continue
    seen.add(tensor)
    stack.push(...tensor.inputs)
  }
  return [...seen].toSorted((a, b) => a.id - b.id)
}

/** Throws unless `tensor` is one; for the first argument of public functions called from plain JavaScript. */
export const requireTensor = (op: string, value: unknown): Tensor =>
  isTensor(value)
    ? value
    : raise({
        _tag: "InvalidData",
        op,
        rule: `expected a tensor, got ${typeof value}`,
        remedy: "constant(data, shape) makes one of numbers",
      })
