import * as E from "fp-ts/lib/Either.js"
import { attempt } from "../error.ts"
import type { Attributes, Op } from "./op.ts"
import { sizeOf, type Spec } from "../shape/shape.ts"

/** What an author writes of an op: as `Op`, with a shape rule that returns or throws, and what may be left out left out. */
export interface OpDefinition<A extends Attributes> extends Omit<Op<A>, "gives" | "flops" | "shows" | "samples"> {
  /** Shape and element type of the result. Throws by `raise({ _tag: "ShapeMismatch", … })` what does not fit. */
  readonly gives: (inputs: readonly Spec[], attributes: A) => Spec
  /** Arithmetic in total, or per element where the op is pointwise or inline; one per element of the result by default. */
  readonly flops?: Op<A>["flops"]
  readonly shows?: Op<A>["shows"]
  readonly samples?: Op<A>["samples"]
}

/**
 * An op of one's own, for `applyOp`: see docs/write-an-op.md.
 *
 * @example
 * const double = defineOp({
 *   name: "double",
 *   doc: "double(x) = 2x",
 *   gives: ([x]) => x!,
 *   cpu: ([x], y) => x!.data.forEach((value, i) => void (y.data[i] = 2 * value)),
 *   lowering: { kind: "pointwise", wgsl: ([x]) => wgsl`2.0f * ${x!}` },
 *   vjp: ({ cotangent }) => [mul(cotangent, 2)],
 * })
 * applyOp(double, [constant([1, 2])], {}) // => [2, 4] when evaluated
 */
export const defineOp = <A extends Attributes = Attributes>(definition: OpDefinition<A>): Op<A> => ({
  flops: (_inputs, output) => (definition.lowering.kind === "kernel" ? sizeOf(output.shape) : 1),
  shows: [],
  samples: [],
  ...definition,
  gives: (inputs, attributes) => {
    const given = attempt(() => definition.gives(inputs, attributes))
    // Of an error its data: it is thrown anew where the op is applied, with that position.
    return E.isLeft(given) ? E.left({ ...given.left }) : E.right(given.right)
  },
})
