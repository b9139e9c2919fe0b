import {
  cast,
  isTensor,
  leavesOf,
  mapTree,
  raise,
  sameShape,
  showSpec,
  variable,
  zeros,
  type PathLeaf,
  type Tensor,
} from "@diva/tensor"
import { isDifferentiable } from "../reverse/region.ts"
import { pushForward } from "./push.ts"

/** Tangents of arguments: a tree like each argument, or `null` for an argument that does not move. */
export type TangentsOf<Primals extends readonly unknown[]> = {
  readonly [Key in keyof Primals]: Primals[Key] | null
}

/** Takes tangents of the primals to the tangent of the output. */
export type Pushforward<Primals extends readonly unknown[], Output> = (...tangents: TangentsOf<Primals>) => Output

const requireMatch = ({ path, leaf }: PathLeaf<Tensor>, tangent: Tensor): Tensor =>
  tangent.dtype === leaf.dtype && sameShape(tangent.shape, leaf.shape)
    ? tangent
    : raise({
        _tag: "TreeMismatch",
        op: "jvp",
        path,
        rule: `the tangent of "${path}" must be ${showSpec(leaf)}, got ${showSpec(tangent)}`,
        remedy: "pass a tree of the argument's structure, shapes and element types",
      })

const requireTangent = (leaf: PathLeaf<Tensor>, given: ReadonlyMap<string, Tensor>): Tensor => {
  const tangent = given.get(leaf.path)
  return tangent === undefined
    ? raise({
        _tag: "TreeMismatch",
        op: "jvp",
        path: leaf.path,
        rule: `no tangent for "${leaf.path}"`,
        remedy: "pass a tree like the argument, or null for an argument that does not move",
      })
    : requireMatch(leaf, tangent)
}

const moves = (tangents: readonly unknown[], path: string): boolean => tangents[Number(path.split(".")[0])] !== null

const tangentsByLeaf = (
  leaves: readonly PathLeaf<Tensor>[],
  tangents: readonly unknown[],
): ReadonlyMap<Tensor, Tensor> => {
  const held = tangents.map((tangent) => (tangent === null ? undefined : tangent))
  const given = new Map(leavesOf(held, isTensor, "jvp").map(({ path, leaf }) => [path, leaf]))
  const moving = leaves.filter(({ path, leaf }) => isDifferentiable(leaf) && moves(tangents, path))
  return new Map(moving.map((leaf) => [leaf.leaf, requireTangent(leaf, given)]))
}

/**
 * A function's output and its derivative there, as a linear function: `linearize(f)(...primals)` = [y, v ↦ ∂y/∂primals · v]. The
 * function is described once; its derivative may be called several times. See `jvp`.
 */
export const linearize =
  <Primals extends readonly unknown[], Output>(f: (...primals: Primals) => Output) =>
  (...primals: Primals): readonly [output: Output, pushforward: Pushforward<Primals, Output>] => {
    const held = mapTree(primals, isTensor, (leaf) =>
      isDifferentiable(leaf) ? variable(leaf) : leaf,
    ) as unknown as Primals
    const leaves = leavesOf(held, isTensor)
    const output = f(...held)
    const outputs = leavesOf(output, isTensor).map(({ leaf }) => leaf)
    const push = (...tangents: TangentsOf<Primals>): Output => {
      const pushed = pushForward(outputs, tangentsByLeaf(leaves, tangents))
      let next = 0
      return mapTree(output, isTensor, (leaf) => {
        const tangent = pushed[next++]
        return tangent === undefined ? zeros(leaf.shape, leaf.dtype) : cast(tangent, leaf.dtype)
      }) as Output
    }
    return [output, push]
  }

/**
 * Forward mode: a function's value and its derivative in a direction, `jvp(f)(primals, tangents)` = [f(primals), ∂f/∂primals · tangents].
 *
 * primals: the arguments, trees of tensors; tangents: a tree like each of them, or `null` for one that does not move. Output and
 * tangent are trees of the same structure, shapes and element types; the tangent of integers and booleans is 0. The result is
 * ordinary graph: it fuses with the function, differentiates again, and holds nothing of reverse mode. Costs about as much as f
 * itself whatever the number of outputs, where `vjp` does whatever the number of inputs. The tangent of attention computes scores
 * whole; a rule given by `customVjp` is followed where it is linear in its cotangent.
 * Throws `TreeMismatch` for tangents unlike the primals, `NotDifferentiable` for ops without a derivative.
 *
 * @example
 * jvp((x: Tensor) => sum(mul(x, x)))([constant([1, 2])], [constant([1, 0])]) // => [5, 2] when evaluated
 */
export const jvp =
  <Primals extends readonly unknown[], Output>(f: (...primals: Primals) => Output) =>
  (primals: Primals, tangents: TangentsOf<Primals>): readonly [output: Output, tangent: Output] => {
    const [output, push] = linearize(f)(...primals)
    return [output, push(...tangents)]
  }
