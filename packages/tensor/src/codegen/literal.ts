import type { DType } from "../dtype/dtype.ts"
import { wgsl, type Wgsl } from "./expression.ts"

// WGSL rejects constant expressions that are not finite, so these go through variables the compiler may not fold.
const special = (value: number): Wgsl =>
  Number.isNaN(value) ? wgsl`nan_value()` : value > 0 ? wgsl`infinity()` : wgsl`-infinity()`

const floatLiteral = (value: number): Wgsl => {
  const rounded = Math.fround(value)
  if (!Number.isFinite(rounded)) return special(rounded)
  if (Object.is(rounded, -0)) return wgsl`-0.0f`
  return rounded < 0 ? wgsl`-${-rounded}f` : wgsl`${rounded}f`
}

/**
 * A number as a WGSL literal of the type an element has inside an expression (f16 is widened to f32). Hexadecimal marks u32 data,
 * as opposed to the numbers that positions are computed with.
 */
export const literal = (value: number, dtype: DType): Wgsl => {
  switch (dtype) {
    case "f32":
    case "f16":
      return floatLiteral(value)
    case "i32":
      return value === -2147483648
        ? wgsl`i32(-2147483647 - 1)`
        : value < 0
          ? wgsl`i32(-${-Math.trunc(value)})`
          : wgsl`i32(${Math.trunc(value)})`
    case "u32":
      return wgsl`0x${(value >>> 0).toString(16)}u`
    case "bool":
      return value === 0 ? wgsl`false` : wgsl`true`
  }
}

/** WGSL text of the functions `literal` may refer to. */
export const specialValues = `var<private> infinity_bits: u32 = 0x7f800000u;
var<private> nan_bits: u32 = 0x7fc00000u;
fn infinity() -> f32 { return bitcast<f32>(infinity_bits); }
fn nan_value() -> f32 { return bitcast<f32>(nan_bits); }
`
