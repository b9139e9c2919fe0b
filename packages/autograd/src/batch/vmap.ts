import {
  expand,
  isTensor,
  leavesOf,
  mapTree,
  optionsOf,
  raise,
  showSpec,
  type PathLeaf,
  type Tensor,
} from "@diva/tensor"
import { moveAxis } from "./rules.ts"
import { exampleOf, replayBatched } from "./replayBatched.ts"

/** Axis of the examples, negative from the end; `null` for what is the same for all. */
export type MapAxis = number | null

/** An axis for a whole tree, or a tree of them. */
export type MapAxes = MapAxis | readonly MapAxes[] | { readonly [key: string]: MapAxes }

/** Where the examples lie. */
export interface VmapOptions {
  /** Of all arguments (0 by default), or an array with one entry for each. */
  readonly in?: MapAxis | readonly MapAxes[]
  /** Of the results; 0 by default. */
  readonly out?: MapAxes
}

const invalid = (attribute: string, rule: string, remedy: string): never =>
  raise({ _tag: "InvalidAttribute", op: "vmap", attribute, rule, remedy })

/** The axis that `axes` says for the leaf at `path`: an entry stands for all that is below it. */
const axisAt = (attribute: "in" | "out", axes: MapAxes, path: string): MapAxis => {
  let at: MapAxes | undefined = axes
  for (const key of path.split("."))
    if (at !== null && typeof at === "object") at = (at as Readonly<Record<string, MapAxes>>)[key]
  if (at === null || typeof at === "number") return at
  return invalid(
    attribute,
    `it says no axis for "${path}"`,
    "an axis, null for what is not mapped, or a tree of them like the tensors",
  )
}

const resolved = (attribute: "in" | "out", axis: number, rank: number, path: string): number => {
  const at = axis < 0 ? axis + rank : axis
  return Number.isInteger(axis) && at >= 0 && at < rank
    ? at
    : invalid(
        attribute,
        `${axis} is no axis of ${path === "" ? "the result" : `"${path}"`}, which has ${rank}`,
        "axes run from 0, or from -1 backwards; null for what is not mapped",
      )
}

interface MappedLeaf {
  readonly path: string
  readonly leaf: Tensor
  readonly axis: number
}

const mappedLeaves = (leaves: readonly PathLeaf<Tensor>[], axes: MapAxes): readonly MappedLeaf[] =>
  leaves.flatMap(({ path, leaf }) => {
    const axis = axisAt("in", axes, path)
    return axis === null ? [] : [{ path, leaf, axis: resolved("in", axis, leaf.shape.length, path) }]
  })

const sizeOfAll = (mapped: readonly MappedLeaf[]): number => {
  const [first] = mapped
  if (first === undefined) return invalid("in", "no argument is mapped", "give an axis for at least one argument")
  const size = first.leaf.shape[first.axis]!
  if (mapped.every(({ leaf, axis }) => leaf.shape[axis] === size)) return size
  return raise({
    _tag: "ShapeMismatch",
    op: "vmap",
    operands: mapped.map(({ path, leaf, axis }) => ({
      name: path,
      shape: leaf.shape,
      dtype: leaf.dtype,
      marked: [axis],
    })),
    rule: "mapped arguments must have equally many examples",
    remedy: "{ in: [0, null] } maps the first argument and holds the second",
  })
}

const requireShared = (path: string, batched: Tensor | undefined, output: Tensor): Tensor =>
  batched === undefined
    ? output
    : invalid(
        "out",
        `"${path}" differs from example to example: ${showSpec(batched)}`,
        "give it an axis instead of null",
      )

/**
 * f of one example, applied to many at once: `vmap(f)(xs)` = stack(xs.map(f)), as one graph without a loop.
 *
 * Arguments and results are trees of tensors; mapped ones have one more axis than f sees, the first or as `in` and `out` say. What
 * is not mapped (`null`) is not repeated in memory, and a matrix that all examples share makes one product of them. Composes with
 * itself, `grad`, `vjp`, `jvp` and `checkpoint` in either order: `vmap(grad(loss), { in: [null, 0] })(params, batch)` gives a
 * gradient for each example. A random draw with one key is the same for all examples; with a key for each, `splitKey`'s, every
 * example draws what it would alone. Reductions, softmax, norms and the like stay within an example.
 * Throws `InvalidAttribute` for axes, `ShapeMismatch` for unequal numbers of examples, `NotMappable` for an op of one's own
 * without a rule.
 *
 * @example
 * vmap((x: Tensor, y: Tensor) => dot(x, y))(constant([[1, 2], [3, 4]]), constant([[1, 1], [1, 0]])) // => [3, 3] when evaluated
 */
export const vmap = <Args extends readonly unknown[], Output>(
  f: (...args: Args) => Output,
  options: VmapOptions = {},
): ((...args: Args) => Output) => {
  const { in: from = 0, out = 0 } = optionsOf("vmap", options, ["in", "out"])
  return (...args) => {
    const leaves = leavesOf(args, isTensor, "vmap")
    const mapped = mappedLeaves(leaves, from)
    const size = sizeOfAll(mapped)
    const axes = new Map(mapped.map(({ path, axis }) => [path, axis]))
    const examples = new Map<Tensor, Tensor>()
    const held = mapTree(args, isTensor, (leaf, path) => {
      const axis = axes.get(path)
      if (axis === undefined) return leaf
      const batched = moveAxis(leaf, axis, 0)
      const example = exampleOf(batched)
      examples.set(example, batched)
      return example
    }) as unknown as Args
    const output = f(...held)
    const outputs = leavesOf(output, isTensor, "vmap")
    const results = replayBatched(
      outputs.map(({ leaf }) => leaf),
      examples,
      size,
    ).values()
    return mapTree(output, isTensor, (leaf, path) => {
      const batched = results.next().value
      const axis = axisAt("out", out, path)
      if (axis === null) return requireShared(path, batched, leaf)
      const whole = batched ?? expand(leaf, [size, ...leaf.shape])
      return moveAxis(whole, 0, resolved("out", axis, whole.shape.length, path))
    }) as Output
  }
}
