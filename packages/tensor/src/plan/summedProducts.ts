import type { Tensor } from "../graph/tensor.ts"
import type { Attributes, Op } from "../op/op.ts"
import { sizeOf } from "../shape/shape.ts"

/** What fusion has decided so far. */
interface Decided {
  readonly stored: ReadonlySet<Tensor>
  readonly consumers: ReadonlyMap<Tensor, readonly Tensor[]>
}

const kindOf = ({ op }: Tensor): string => (op as unknown as Op<Attributes>).lowering.kind

/** What a sum adds up: the terms of all additions that are not stored. */
const termsOf = (decided: Decided, tensor: Tensor): readonly Tensor[] =>
  ["add", "reshape"].includes(tensor.op.name) && !decided.stored.has(tensor)
    ? tensor.inputs.flatMap((input) => termsOf(decided, input))
    : [tensor]

/** Readers looked at before a sum is taken for one that no norm walks. */
const considered = 32

/** Whether what is computed from a tensor element by element ends in a sum over rows, as a norm's gradient does. */
const isFolded = ({ consumers }: Decided, tensor: Tensor): boolean => {
  const seen = new Set<Tensor>()
  const stack = [tensor]
  for (let node = stack.pop(); node !== undefined && seen.size < considered; node = stack.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    for (const consumer of consumers.get(node)!) {
      if (kindOf(consumer) === "reduce") return true
      const keepsOrder = kindOf(consumer) === "pointwise" || consumer.op.name === "reshape"
      if (keepsOrder && sizeOf(consumer.shape) === sizeOf(tensor.shape)) stack.push(consumer)
    }
  }
  return false
}

/**
 * Products that a norm's gradient adds up, as those of an attention's projections. Stored each by itself they share a launch, and the
 * kernel that walks the rows adds them; as tails of one another they would wait for each other.
 */
export const summedProducts = (decided: Decided, tensor: Tensor): readonly Tensor[] => {
  if (tensor.op.name !== "add") return []
  const products = termsOf(decided, tensor).filter(({ op }) => op.name === "contract")
  return products.length >= 2 && isFolded(decided, tensor) ? products : []
}
