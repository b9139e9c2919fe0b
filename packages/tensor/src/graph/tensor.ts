import type { DType } from "../dtype/dtype.ts"
import type { Attributes, Op } from "../op/op.ts"
import type { Shape } from "../shape/shape.ts"
import type { Trace } from "./trace.ts"

/**
 * A tensor is a pure expression: an op applied to tensors. It holds no numbers and belongs to no device. `id` grows in
 * the order of description, so it sorts any set of tensors topologically.
 */
export interface Tensor {
  /** Throws: a description has no number that an operator of JavaScript could take. `${x}` gives its text. */
  readonly [Symbol.toPrimitive]: (hint: string) => string
  readonly id: number
  readonly op: Op<never>
  readonly inputs: readonly Tensor[]
  readonly attributes: Attributes
  readonly shape: Shape
  readonly dtype: DType
  /** Where it was described; read it with `describedAt`. */
  readonly trace: Trace
  /**
   * Prints its numbers, its shape and statistics. They are computed on `device`, or by the ops' references where none is given. Rejects
   * with `InvalidData` for an expression of a program's arguments, which have no numbers yet.
   */
  readonly show: (device?: Showing) => Promise<void>
}

/** A device, as far as showing needs one. */
export interface Showing {
  readonly show: (tree: unknown) => Promise<void>
}
