import { call, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { wgslType } from "../../codegen/element.ts"
import { literal } from "../../codegen/literal.ts"
import type { DType } from "../../dtype/dtype.ts"
import { downwardFunctions, upwardFunctions } from "../../elementary/order.ts"
import type { Op } from "../../op/op.ts"
import { highest, lowest } from "../../op/reduction.ts"

/** How a fold joins two values. */
export type Combine = "sum" | "max" | "min"

/**
 * What a fold holds while it runs. Largest and smallest floats are found among integers that have their order: compilers may take
 * it that a float is never NaN, and NaN is to come out.
 */
export interface Held {
  readonly combine: Combine
  readonly dtype: DType
  /** What it begins with. */
  readonly start: Wgsl
  readonly functions: readonly string[]
  /** An element, or a vector of four, as it is held; and back, of one element. */
  readonly hold: (value: Wgsl, width: 1 | 4) => Wgsl
  readonly give: (held: Wgsl) => Wgsl
}

const asPlaces = (direction: "up" | "down", functions: readonly string[]): Held => ({
  combine: "max",
  dtype: "u32",
  start: wgsl`0u`,
  functions,
  hold: (value, width) => call(`place_${direction}${width === 4 ? "4" : ""}`, [value]),
  give: (held) => call(`from_place_${direction}`, [held]),
})

const itself = (combine: Combine, dtype: DType, start: Wgsl): Held => ({
  combine,
  dtype,
  start,
  functions: [],
  hold: (value) => value,
  give: (held) => held,
})

/** A reduction by name. `peak` is a maximum that need not heed NaN. */
export type Reduction = Extract<Op["lowering"], { readonly kind: "reduce" }>["combine"]

/** How a reduction of elements of a type is held. */
export const heldBy = (reduction: Reduction, dtype: DType): Held => {
  if (reduction === "sum") return itself("sum", dtype, wgsl`${wgslType(dtype)}()`)
  if (reduction === "peak" || (reduction === "max" && dtype !== "f32"))
    return itself("max", dtype, literal(lowest(dtype), dtype))
  if (reduction === "max") return asPlaces("up", [upwardFunctions])
  return dtype === "f32"
    ? asPlaces("down", [upwardFunctions, downwardFunctions])
    : itself("min", dtype, literal(highest(dtype), dtype))
}

export const combined = (combine: Combine, a: Wgsl, b: Wgsl): Wgsl =>
  combine === "sum" ? wgsl`${a} + ${b}` : wgsl`${combine}(${a}, ${b})`

/** Values as one, neighbours first: the depth of the tree, not its width, decides how rounding errors add up. */
export const combinedTree = (combine: Combine, values: readonly Wgsl[]): Wgsl => {
  if (values.length === 1) return values[0]!
  const half = Math.ceil(values.length / 2)
  return combined(combine, combinedTree(combine, values.slice(0, half)), combinedTree(combine, values.slice(half)))
}
