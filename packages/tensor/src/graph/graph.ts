import * as E from "fp-ts/lib/Either.js"
import { callerOf, raise, tensorError } from "../error.ts"
import type { Attributes, Op } from "../op/op.ts"
import type { DType } from "../dtype/dtype.ts"
import { withCurrentPrecision } from "../precision/scope.ts"
import { evaluate } from "./evaluate.ts"
import { describeValue, remedyFor } from "../text/operand.ts"
import { showSpec, type Shape } from "../shape/shape.ts"
import { inspect } from "../text/inspect.ts"
import { printed } from "../text/printed.ts"
import { showTensor } from "../text/tensor.ts"
import { showValues } from "../text/values.ts"
import type { Showing, Tensor } from "./tensor.ts"
import { traceBelow, type Trace } from "./trace.ts"

let described = 0

type Fields = Omit<Tensor, typeof Symbol.toPrimitive | "show">

// A class, since every node needs the two conversions that the language and Node's console look for; its private field tells nodes
// from anything that looks alike.
class Node implements Tensor {
  readonly #isNode = true
  readonly id: number
  readonly op: Op<never>
  readonly inputs: readonly Tensor[]
  readonly attributes: Attributes
  readonly shape: Shape
  readonly dtype: DType
  readonly trace: Trace

  constructor({ id, op, inputs, attributes, shape, dtype, trace }: Fields) {
    this.id = id
    this.op = op
    this.inputs = inputs
    this.attributes = attributes
    this.shape = shape
    this.dtype = dtype
    this.trace = trace
  }

  static isNode(value: object): value is Node {
    return #isNode in value && value.#isNode
  }

  [Symbol.toPrimitive](hint: string): string {
    return hint === "string" ? showTensor(this) : refuseOperator(this)
  }

  [inspect](): string {
    return showTensor(this)
  }

  async show(device?: Showing): Promise<void> {
    await (device === undefined ? printed(showValues(evaluate([this], new Map(), "element")[0]!)) : device.show(this))
  }
}

const refuseOperator = (tensor: Tensor): never =>
  raise({
    _tag: "InvalidData",
    op: tensor.op.name,
    rule: `a tensor ${showSpec(tensor)} is a description without a number: JavaScript's operators cannot compute with it`,
    remedy: "add(x, 1), greater(x, y) and select(condition, x, y) describe; device.read gives a result's numbers",
  })

export const isTensor = (value: unknown): value is Tensor =>
  typeof value === "object" && value !== null && Node.isNode(value)

/** The position in the user's program where `tensor` was described: `name (file:line:column)`. */
export const describedAt = (tensor: Tensor): string => callerOf(tensor.trace.stack)

/** Describes `op` applied to `inputs`. Throws the op's typed error when its shape rule does not hold. */
export const applyOp = <A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor => {
  const spec = op.gives(inputs, attributes)
  if (E.isLeft(spec)) throw tensorError(spec.left)
  return new Node({
    id: described++,
    op: op as unknown as Op<never>,
    inputs,
    attributes: op.lowering.kind === "kernel" ? withCurrentPrecision(attributes) : attributes,
    // Of a spec these two only: a tensor is one too.
    shape: spec.right.shape,
    dtype: spec.right.dtype,
    trace: traceBelow(applyOp),
  })
}

/** The same node with other inputs: how graph rewrites keep attributes and the position of description. */
export const withInputs = (tensor: Tensor, inputs: readonly Tensor[]): Tensor => new Node({ ...tensor, inputs })

/** Throws unless `tensor` is one; for the first argument of public functions called from plain JavaScript. */
export const requireTensor = (op: string, value: unknown): Tensor =>
  isTensor(value)
    ? value
    : raise({
        _tag: "InvalidData",
        op,
        rule: `expected a tensor, got ${describeValue(value)}`,
        remedy: remedyFor(value),
      })
