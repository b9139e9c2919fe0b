import { wgsl, type Wgsl } from "../../codegen/expression.ts"

/** How a fold joins two values. */
export type Combine = "sum" | "max" | "min"

export const combined = (combine: Combine, a: Wgsl, b: Wgsl): Wgsl =>
  combine === "sum" ? wgsl`${a} + ${b}` : wgsl`${combine}(${a}, ${b})`

/** Values as one, neighbours first: the depth of the tree, not its width, decides how rounding errors add up. */
export const combinedTree = (combine: Combine, values: readonly Wgsl[]): Wgsl => {
  if (values.length === 1) return values[0]!
  const half = Math.ceil(values.length / 2)
  return combined(combine, combinedTree(combine, values.slice(0, half)), combinedTree(combine, values.slice(half)))
}
