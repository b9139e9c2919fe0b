import {
  applyOp,
  describedAt,
  fromHere,
  sum,
  tensorError,
  variable,
  withPrecisionOf,
  zeros,
  type Op,
  type PullbackRule,
  type Tensor,
} from "@diva/tensor"
import { nodesBetween } from "../reverse/nodesBetween.ts"
import { stretched, type BatchCall } from "./rule.ts"
import { batchRuleOf } from "./rules.ts"

/** A tensor that stands for one example of a mapped one while a function is described. */
export const exampleOf = (mapped: Tensor): Tensor => variable(zeros(mapped.shape.slice(1), mapped.dtype))

const refuse = (node: Tensor): never => {
  throw tensorError(
    {
      _tag: "NotMappable",
      op: node.op.name,
      rule: "it has no rule for a batch",
      remedy: "give its value one, { ...op, batch: ({ inputs, mapped, size }) => … }, or stack(xs.map(f))",
    },
    describedAt(node),
  )
}

// The rule describes one example; what serves all examples collects from each.
const batchedRule =
  (rule: PullbackRule, mapped: readonly boolean[], size: number): PullbackRule =>
  (pullback) => {
    const ones = pullback.inputs.map((input, i) => (mapped[i] === true ? exampleOf(input) : input))
    const [output, cotangent] = [pullback.output, pullback.cotangent].map(exampleOf) as [Tensor, Tensor]
    const parts = rule({ ...pullback, inputs: ones, output, cotangent })
    const given = new Map([
      ...ones.flatMap((one, i) => (mapped[i] === true ? [[one, pullback.inputs[i]!] as const] : [])),
      [output, pullback.output],
      [cotangent, pullback.cotangent],
    ])
    const found = replayBatched(
      parts.filter((part) => part !== null),
      given,
      size,
    ).values()
    return parts.map((part, i) => {
      if (part === null) return null
      const batched = found.next().value ?? stretchedTo(part, size)
      return mapped[i + 1] === true ? batched : sum(batched, { axis: 0 })
    })
  }

const stretchedTo = (x: Tensor, size: number): Tensor =>
  stretched({ inputs: [x], mapped: [false], size, attributes: {}, op: x.op as unknown as Op }, 0)

const custom = (call: BatchCall): Tensor => {
  const { op, mapped, size, attributes } = call
  const pullback = batchedRule(attributes["pullback"] as PullbackRule, mapped, size)
  return applyOp(op, [stretched(call, 0), ...call.inputs.slice(1)], { ...attributes, pullback })
}

const applied = (node: Tensor, inputs: readonly Tensor[], mapped: readonly boolean[], size: number): Tensor => {
  const op = node.op as unknown as Op
  const call: BatchCall = { op, inputs, mapped, size, attributes: node.attributes }
  if (op.name === "customPullback") return custom(call)
  const rule = batchRuleOf(op) ?? refuse(node)
  return withPrecisionOf(node, () => rule(call))
}

/**
 * Expressions of one example described anew for all of them: `examples` maps stand-ins to tensors with one more axis, their first,
 * of `size`, and so have the results; `undefined` for outputs that depend on no example. Throws `NotMappable`, naming the op.
 */
export const replayBatched = (
  outputs: readonly Tensor[],
  examples: ReadonlyMap<Tensor, Tensor>,
  size: number,
): readonly (Tensor | undefined)[] => fromHere(() => replayed(outputs, examples, size))

const replayed = (
  outputs: readonly Tensor[],
  examples: ReadonlyMap<Tensor, Tensor>,
  size: number,
): readonly (Tensor | undefined)[] => {
  const held = new Map(examples)
  for (const node of nodesBetween(examples.keys(), outputs)) {
    if (held.has(node)) continue
    const mapped = node.inputs.map((input) => held.has(input))
    if (!mapped.includes(true)) continue
    const inputs = node.inputs.map((input) => held.get(input) ?? input)
    held.set(node, applied(node, inputs, mapped, size))
  }
  return outputs.map((output) => held.get(output))
}
