import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Pullback } from "../op/op.ts"
import { aliasOp } from "./alias.ts"

/** Cotangents of `inputs[1]`, `inputs[2]`, …: the tensors that the value was computed from. */
export type PullbackRule = (pullback: Pullback<CustomPullbackAttributes>) => readonly (Tensor | null)[]

export interface CustomPullbackAttributes extends Readonly<Record<string, unknown>> {
  readonly pullback: PullbackRule
  /** Whether the rule gives y's own derivative by other means: forward mode then goes through y. */
  readonly own?: boolean
}

export const customPullbackOp = aliasOp<CustomPullbackAttributes>({
  name: "customPullback",
  doc: "customPullback(y, xs, rule) = y, with the given rule of reverse mode from y to xs",
  vjp: (pullback) => [null, ...pullback.attributes.pullback(pullback)],
  attributes: { pullback: () => [] },
  except: {
    gradient: "its rule is the caller's",
    secondGradient: "its rule is the caller's",
  },
})

/**
 * y, whose gradient with respect to `xs` is what `rule` says instead of what follows from how y was computed.
 *
 * The rule builds graph, so gradients of gradients follow from it. It must read tensors through its argument
 * (`inputs` is [y, ...xs], `output` is y): a tensor captured from outside would defeat checkpointing, which rewrites
 * inputs. A value needed by the rule that should get no gradient is passed in `xs` with `null` as its cotangent. `own` says that the rule is y's own derivative,
 * computed otherwise: forward mode then goes through y instead of transposing the rule.
 */
export const customPullback = (
  y: Tensor,
  xs: readonly Tensor[],
  rule: PullbackRule,
  { own = false }: { readonly own?: boolean } = {},
): Tensor => applyOp(customPullbackOp, [y, ...xs], { pullback: rule, ...(own ? { own } : {}) })
