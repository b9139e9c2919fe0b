import { expand, type Batch, type Op, type Tensor } from "@diva/tensor"

/** A node's operands and attributes, and its op. */
export interface BatchCall extends Batch<Readonly<Record<string, unknown>>> {
  readonly op: Op
}

/** What an op becomes for all examples at once: a tensor whose first axis is that of examples. */
export type BatchRule = (call: BatchCall) => Tensor

/** An operand with the axis of examples, whether it is mapped or the same for all. */
export const stretched = ({ inputs, mapped, size }: BatchCall, i: number): Tensor =>
  mapped[i] === true ? inputs[i]! : expand(inputs[i]!, [size, ...inputs[i]!.shape])
