import { statement, wgsl } from "../../codegen/expression.ts"
import { magnitudeInput } from "../way/scaled.ts"
import type { Site } from "../way/way.ts"

/** Largest exponent of a scaled operand: below f16's 15, so that rounding up stays finite, and far above its smallest numbers. */
const exponent = 14

/**
 * `fn scale_for(magnitude) -> f32`: the power of two that brings the largest finite magnitude of an operand to 2¹⁴ … 2¹⁵. Multiplying by it,
 * and by its inverse afterwards, is exact.
 */
export const scaleFunction = statement`fn scale_for(magnitude: f32) -> f32 {
  let place = (bitcast<u32>(magnitude) >> 23u) & 255u;
  return bitcast<f32>(clamp(${127 + 127 + exponent}u - place, 2u, 252u) << 23u);
}`

/**
 * `fn upper_of(x) -> vec4<f32>`: the part of numbers that f16 holds to the last bit. Bits are cut off, not rounded: what is left,
 * x - upper_of(x), then has no more than the other half holds. Of ±∞ it is ±1: what is left is infinite, so that sums of products of
 * parts come out infinite, where ∞ - ∞ or ∞ · 0 of parts would make them NaN.
 */
export const upperFunction = `fn upper_of(x: vec4<f32>) -> vec4<f32> {
  let bits = bitcast<vec4<u32>>(x);
  let ones = bitcast<vec4<f32>>((bits & vec4<u32>(0x80000000u)) | vec4<u32>(0x3f800000u));
  return select(bitcast<vec4<f32>>(bits & vec4<u32>(0xffffe000u)), ones, (bits & vec4<u32>(0x7fffffffu)) == vec4<u32>(0x7f800000u));
}`

/** `let <name>_scale = …` and `let <name>_unscale = …`, its inverse, of an operand that the way scales. */
export const scaleLines = ({ group, bindings }: Site, operand: number, name: string): readonly string[] => {
  const magnitude = magnitudeInput(group.anchor!, operand)
  return [
    statement`let ${name}_scale = ${magnitude === undefined ? "1.0f" : wgsl`scale_for(${bindings.load(magnitude)}(0u))`};`,
    statement`let ${name}_unscale = 1.0f / ${name}_scale;`,
  ]
}
