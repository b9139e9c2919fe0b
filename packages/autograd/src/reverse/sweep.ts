import { add, cast, fromHere, raise, sameShape, showSpec, withPrecisionOf, zeros, type Tensor } from "@diva/tensor"
import { regionBetween } from "./region.ts"
import { ruleOf } from "./rule.ts"

/** Where reverse mode starts: an output and the cotangent it brings. */
export interface Seed {
  readonly output: Tensor
  readonly cotangent: Tensor
}

// Contributions of two element types meet in f32: an f16 tensor read by a contraction gets its cotangent in f32.
const plus = (held: Tensor | undefined, more: Tensor): Tensor => {
  if (held === undefined) return more
  return held.dtype === more.dtype ? add(held, more) : add(cast(held, "f32"), cast(more, "f32"))
}

const requireShape = (node: Tensor, input: Tensor, cotangent: Tensor): Tensor =>
  sameShape(input.shape, cotangent.shape)
    ? cotangent
    : raise({
        _tag: "ShapeMismatch",
        op: node.op.name,
        operands: [{ name: "input", ...input }],
        rule: `its vjp gave ${showSpec(cotangent)} for this input`,
        remedy: "a cotangent has the shape of the input it belongs to",
      })

const spread = (node: Tensor, cotangent: Tensor, held: Map<Tensor, Tensor>, needed: ReadonlySet<Tensor>): void => {
  const rule = ruleOf(node)
  const given = withPrecisionOf(node, () =>
    rule({
      inputs: node.inputs,
      output: node,
      cotangent: cast(cotangent, node.dtype),
      attributes: node.attributes,
      needed: node.inputs.map((input) => needed.has(input)),
    }),
  )
  for (const [i, input] of node.inputs.entries()) {
    const share = given[i]
    if (share && needed.has(input)) held.set(input, plus(held.get(input), requireShape(node, input, share)))
  }
}

const startingFrom = (seeds: readonly Seed[], needed: ReadonlySet<Tensor>): Map<Tensor, Tensor> => {
  const held = new Map<Tensor, Tensor>()
  for (const { output, cotangent } of seeds) if (needed.has(output)) held.set(output, plus(held.get(output), cotangent))
  return held
}

/**
 * Reverse mode: Σ over seeds of cotangent · ∂output/∂leaf, for each leaf, as graph; `undefined` where no path leads.
 *
 * Nodes between leaves and outputs are visited latest first; each hands its summed cotangent to the op's rule. Rules
 * build ordinary graph, so results differentiate again. A gradient has its leaf's shape and element type (contributions
 * to an f16 leaf are summed in f32 where they come in f32, then rounded once). Throws `NotDifferentiable`, naming the op
 * and where it was described, if a needed path crosses an op without a rule.
 */
export const sweepReached = (seeds: readonly Seed[], leaves: readonly Tensor[]): readonly (Tensor | undefined)[] =>
  fromHere(() => sweptBack(seeds, leaves))

const sweptBack = (seeds: readonly Seed[], leaves: readonly Tensor[]): readonly (Tensor | undefined)[] => {
  const ends = new Set(leaves)
  const outputs = seeds.map(({ output }) => output)
  const region = regionBetween(ends, outputs)
  const needed = new Set(region)
  const held = startingFrom(seeds, needed)
  for (const node of region.toReversed()) {
    const cotangent = held.get(node)
    if (cotangent !== undefined && !ends.has(node)) spread(node, cotangent, held, needed)
  }
  return leaves.map((leaf) => {
    const gradient = held.get(leaf)
    return gradient && cast(gradient, leaf.dtype)
  })
}

/** The same with zeros where no path leads. */
export const sweep = (seeds: readonly Seed[], leaves: readonly Tensor[]): readonly Tensor[] =>
  sweepReached(seeds, leaves).map((gradient, i) => gradient ?? zeros(leaves[i]!.shape, leaves[i]!.dtype))
