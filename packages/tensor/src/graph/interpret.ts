import { evaluate } from "./evaluate.ts"
import { isTensor } from "./graph.ts"
import type { Tensor } from "./tensor.ts"
import type { HostArray } from "../host/array.ts"
import { leavesOf, mapTree, type Mapped } from "./tree.ts"

export interface InterpretOptions {
  /**
   * "element" (the default) rounds each node to its element type, as a device that fuses nothing would. "f64" keeps
   * floating values in Float64Arrays throughout: for finite differences, and for telling rounding from mistakes.
   */
  readonly precision?: "element" | "f64"
}

/**
 * Evaluates expressions by the ops' CPU references, node by node: slow, exact to the rounding of each node's element
 * type, and independent of the compiler. `given` maps the paths of program inputs to values. Throws `InvalidData` for an
 * input that was not given.
 */
export const interpret = <T>(
  outputs: T,
  given: ReadonlyMap<string, HostArray> = new Map(),
  { precision = "element" }: InterpretOptions = {},
): Mapped<T, Tensor, HostArray> => {
  const roots = leavesOf(outputs, isTensor).map(({ leaf }) => leaf)
  const values = evaluate(roots, given, precision)
  let next = 0
  return mapTree(outputs, isTensor, () => values[next++]!)
}
