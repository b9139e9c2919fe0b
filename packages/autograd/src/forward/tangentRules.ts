import { add, applyOp, cast, neg, sub, zeros, type Op, type Tensor } from "@diva/tensor"
import { isDifferentiable } from "../reverse/region.ts"
import { transposedTwice } from "./transposedTwice.ts"

/** The tangent of each input, `undefined` where it does not move. */
export type Tangents = readonly (Tensor | undefined)[]

type Rule = (node: Tensor, tangents: Tangents) => Tensor

const opOf = (node: Tensor): Op => node.op as unknown as Op

const again =
  (change: Readonly<Record<string, unknown>> = {}): Rule =>
  (node, tangents) => {
    const moved = node.inputs.map((input, i) => {
      if (!isDifferentiable(input)) return input
      const tangent = tangents[i]
      return tangent === undefined ? zeros(input.shape, input.dtype) : tangent
    })
    return applyOp(opOf(node), moved, { ...node.attributes, ...change })
  }

const itself: Rule = (_node, [tangent]) => tangent!

const sum = (parts: readonly Tensor[]): Tensor => parts.reduce((held, part) => add(held, part))

// A product is linear in each factor alone.
const productRule: Rule = (node, tangents) =>
  sum(
    tangents.flatMap((tangent, at) =>
      tangent === undefined
        ? []
        : [
            applyOp(
              opOf(node),
              node.inputs.map((input, i) => (i === at ? tangent : input)),
              node.attributes,
            ),
          ],
    ),
  )

const difference: Rule = (_node, [x, y]) => {
  if (y === undefined) return x!
  return x === undefined ? neg(y) : sub(x, y)
}

/** A rule that goes by the value where reverse mode's rule is another way to the same derivative, else by that rule. */
const custom: Rule = (node, tangents) =>
  isOwnDerivative(node) ? (tangents[0] ?? zeros(node.shape, node.dtype)) : transposedTwice(node, tangents)

/** Whether the rule of a `customPullback` gives the derivative of the value it stands beside. */
export const isOwnDerivative = ({ attributes }: Tensor): boolean => attributes["own"] === true

// Linear ops push tangents as they push values; all others follow from their rules of reverse mode.
const rules: Readonly<Record<string, Rule>> = {
  add: (_node, tangents) => sum(tangents.filter((tangent) => tangent !== undefined)),
  sub: difference,
  neg: again(),
  cast: (node, [tangent]) => cast(tangent!, node.dtype),
  sum: again(),
  reshape: again(),
  permute: again(),
  expand: again(),
  slice: again(),
  flip: again(),
  pad: again({ value: 0 }),
  concat: again(),
  take: again(),
  scatterAdd: again(),
  select: again(),
  mul: productRule,
  contract: productRule,
  conv2d: productRule,
  conv2dInput: productRule,
  conv2dWeight: productRule,
  variable: itself,
  named: itself,
  recompute: itself,
  stopGradient: (node) => zeros(node.shape, node.dtype),
  customPullback: custom,
}

/** The tangent of a node whose inputs move as `tangents` say; at least one of them does. */
export const tangentOf = (node: Tensor, tangents: Tangents): Tensor =>
  (Object.hasOwn(rules, node.op.name) ? rules[node.op.name]! : transposedTwice)(node, tangents)
