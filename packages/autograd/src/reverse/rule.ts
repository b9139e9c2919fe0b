import { describedAt, tensorError, type Op, type Tensor } from "@diva/tensor"

/** The reverse-mode rule of a node's op. Throws `NotDifferentiable`, naming the op and where it was described, if there is none. */
export const ruleOf = (node: Tensor): Exclude<Op["vjp"], { readonly none: string }> => {
  const { name, vjp } = node.op as unknown as Op
  if (typeof vjp === "function") return vjp
  throw tensorError(
    {
      _tag: "NotDifferentiable",
      op: name,
      rule: vjp.none,
      remedy: "stopGradient(x) treats it as a constant; customVjp(f, backward) gives it a rule",
    },
    describedAt(node),
  )
}
