import { dual } from "../op/dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { optionsOf } from "../op/options.ts"
import { isExtent } from "../shape/shape.ts"
import { cast } from "./cast.ts"
import { matmul } from "./contract.ts"
import { constant } from "./input.ts"
import { transpose } from "./permute.ts"
import { nearestPlaces, resizeWeights, type Interpolation, type ResizeMode } from "./resizeWeights.ts"
import { reshape } from "./reshape.ts"
import { take } from "./take.ts"

export interface ResizeOptions {
  /** "bilinear" by default, of whatever number of axes. */
  readonly mode?: ResizeMode
  /** Whether the outermost elements stay where they are, instead of the outermost edges; no. For bilinear and bicubic. */
  readonly alignCorners?: boolean
  /** Whether outputs of a shrinking image are means of all that they stand for; no. For bilinear and bicubic. */
  readonly antialias?: boolean
}

const modes: readonly ResizeMode[] = ["nearest", "bilinear", "bicubic", "area"]

const transposed = (weights: Float32Array, rows: number, columns: number): Float32Array =>
  weights.map((_, i) => weights[(i % rows) * columns + Math.floor(i / rows)]!)

// Repeats elements rather than multiplying by 1 and 0, which would spread NaN and ∞.
const repeatAlong = (x: Tensor, axis: number, to: number): Tensor => {
  const places = cast(constant(nearestPlaces(x.shape[axis]!, to), [to]), "i32")
  return transpose(take(transpose(x, axis, 0), places), axis, 0)
}

/** One axis, -1 for the last, by a product with a constant matrix: its gradient is a product too and needs no scattering. */
export const resizeAxis = (x: Tensor, axis: number, to: number, how: Interpolation): Tensor => {
  const from = x.shape.at(axis)!
  if (from === to) return x
  if (how.mode === "nearest") return repeatAlong(x, x.shape.length + axis, to)
  if (x.shape.length === 1) return reshape(resizeAxis(reshape(x, [1, from]), -1, to, how), [to])
  const weights = resizeWeights(from, to, how)
  if (axis === -1) return matmul(x, constant(transposed(weights, to, from), [from, to]))
  if (axis === -2) return matmul(constant(weights, [to, from]), x)
  return transpose(resizeAxis(transpose(x, axis, -1), -1, to, how), axis, -1)
}

const refuse = (attribute: string, rule: string, remedy: string): never =>
  raise({ _tag: "InvalidAttribute", op: "resize", attribute, rule, remedy })

const interpolationOf = (options: ResizeOptions): Interpolation => {
  const known = optionsOf("resize", options, ["mode", "alignCorners", "antialias"])
  const { mode = "bilinear", alignCorners = false, antialias = false } = known
  if (!modes.includes(mode)) refuse("mode", `there is no mode ${String(mode)}`, `modes are ${modes.join(", ")}`)
  if ((alignCorners || antialias) && (mode === "nearest" || mode === "area"))
    refuse(alignCorners ? "alignCorners" : "antialias", `${mode} has no such choice`, "bilinear and bicubic have")
  if (alignCorners && antialias)
    refuse("antialias", "an antialiased resize keeps the outermost edges in place", "leave alignCorners out")
  return { mode, alignCorners, antialias }
}

/**
 * The last axes in another size, as PyTorch's `interpolate` and `adaptive_avg_pool` ("area"): `resize(x, [64, 64], { mode: "bicubic" })`.
 *
 * x: [...s, ...places] → [...s, ...size], f32 (nearest: x's type). Elements stand in the middle of their cells: output o reads the place
 * (o + ½) · from / to - ½, with `alignCorners` o · (from - 1) / (to - 1). Bilinear weighs two neighbours on each axis, bicubic four
 * (Keys 1981, a = -¾; it may overshoot), area takes the mean of all elements that an output covers, nearest the element at
 * ⌊o · from / to⌋. Throws `InvalidAttribute`, `ShapeMismatch`.
 */
export const resize = dual("resize", (x, size: readonly number[], options: ResizeOptions = {}) => {
  const how = interpolationOf(options)
  if (!size.every((extent) => isExtent(extent) && extent > 0))
    refuse("size", `[${size.join(", ")}] must be extents from 1 on`, "give one for each axis to resize")
  if (x.shape.length < size.length || x.shape.slice(x.shape.length - size.length).includes(0))
    return raise({
      _tag: "ShapeMismatch",
      op: "resize",
      operands: [{ name: "x", shape: x.shape, dtype: x.dtype, axes: size.map(() => "places") }],
      rule: `x must have elements along ${size.length} last axes to become [..., ${size.join(", ")}]`,
      remedy: "unsqueeze(x, 0) adds an axis",
    })
  return size.reduceRight((held, to, i) => resizeAxis(held, i - size.length, to, how), x)
})
