import { customPullback, isTensor, leavesOf, raise, type PathLeaf, type Tensor } from "@diva/tensor"
import { refill } from "./variables.ts"

/** What a custom rule sees: the arguments, the output, and the cotangent of the output (of the output's shape). */
export interface Backward<Args extends readonly unknown[]> {
  readonly args: Args
  readonly output: Tensor
  readonly cotangent: Tensor
}

/** Cotangents of arguments: a tree like each argument, or `null` for an argument without gradient. */
export type Cotangents<Args extends readonly unknown[]> = { readonly [Key in keyof Args]: Args[Key] | null }

const leavesByPath = (cotangents: readonly unknown[]): ReadonlyMap<string, Tensor> => {
  const given = cotangents.map((cotangent) => (cotangent === null ? undefined : cotangent))
  return new Map(leavesOf(given, isTensor).map(({ path, leaf }) => [path, leaf]))
}

const requireKnown = (paths: readonly PathLeaf<Tensor>[], given: ReadonlyMap<string, Tensor>): void => {
  const known = new Set(paths.map(({ path }) => path))
  for (const path of given.keys())
    if (!known.has(path))
      raise({
        _tag: "TreeMismatch",
        op: "customVjp",
        path,
        rule: `the rule gave a cotangent for "${path}", which is not a leaf of the arguments`,
        remedy: "return an array with one tree per argument, structured like the argument",
      })
}

/**
 * f with a rule of reverse mode of the caller's own: `customVjp(f, backward)(...args)` = f(...args), and its pullback is
 * `backward({ args, output, cotangent })`.
 *
 * args: trees of tensors; f returns one tensor; the rule returns one tree of cotangents per argument (`null` for none),
 * each leaf of its argument's shape. The rule builds graph, so it differentiates again. It must read tensors through what
 * it is given: tensors f closes over get no gradient. Throws `TreeMismatch` for cotangents of unknown leaves and
 * `ShapeMismatch` for cotangents of another shape, when the gradient is taken.
 *
 * @example
 * const clipped = customVjp((x: Tensor) => x, ({ cotangent }) => [clamp(cotangent, -1, 1)])
 */
export const customVjp =
  <Args extends readonly unknown[]>(
    f: (...args: Args) => Tensor,
    backward: (seen: Backward<Args>) => Cotangents<Args>,
  ): ((...args: Args) => Tensor) =>
  (...args) => {
    const leaves = leavesOf(args, isTensor)
    const primals = leaves.map(({ leaf }) => leaf)
    return customPullback(f(...args), primals, ({ inputs, output, cotangent }) => {
      const given = leavesByPath(backward({ args: refill(args, inputs.slice(1)), output, cotangent }))
      requireKnown(leaves, given)
      return leaves.map(({ path }) => given.get(path) ?? null)
    })
  }
