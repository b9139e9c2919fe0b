import { statement } from "../codegen/expression.ts"
/**
 * WGSL `less_f32`, `less_equal_f32` and `equal_f32`, by bits: as compilers may take it that no number is NaN, what they make of
 * `x != x` or of a comparison with NaN is up to them, and some drivers compare subnormal numbers as 0.
 *
 * `rank` is monotone from -∞ to ∞ and gives both zeros 0; NaN of either sign is outside of [-0x7f800000, 0x7f800000].
 */
export const comparisonFunctions = `fn rank(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return select(bits, -(bits & 0x7fffffff), bits < 0);
}
fn less_f32(x: f32, y: f32) -> bool {
  let a = rank(x);
  let b = rank(y);
  return (a < b) & (a >= -0x7f800000) & (b <= 0x7f800000);
}
fn less_equal_f32(x: f32, y: f32) -> bool {
  let a = rank(x);
  let b = rank(y);
  return (a <= b) & (a >= -0x7f800000) & (b <= 0x7f800000);
}
fn equal_f32(x: f32, y: f32) -> bool {
  let a = rank(x);
  return (a == rank(y)) & (a >= -0x7f800000) & (a <= 0x7f800000);
}
`

// -∞ comes out as 0, NaN of either sign above ∞. All of it is integer arithmetic modulo 2^32, there and back.
const upwards = (
  type: string,
  result: string,
  name: string,
  signed: string,
): string => statement`fn ${name}(x: ${type}) -> ${result} {
  let bits = bitcast<${result}>(x);
  return (bits ^ (bitcast<${result}>(bitcast<${signed}>(bits) >> ${result}(31u)) | ${result}(0x80000000u))) - ${result}(0x007fffffu);
}
`

const back = `fn from_place_up(place: u32) -> f32 {
  let moved = place + 0x007fffffu;
  return bitcast<f32>(select(~moved, moved ^ 0x80000000u, moved >= 0x80000000u));
}
`

/** WGSL `place_up`, its form for vectors `place_up4`, and their inverse: the order of numbers as that of u32, NaN the largest. */
export const upwardFunctions =
  upwards("f32", "u32", "place_up", "i32") + upwards("vec4<f32>", "vec4<u32>", "place_up4", "vec4<i32>") + back

/** WGSL `place_down` and its kind, which call those of `place_up`: the opposite order, in which NaN is the largest too. */
export const downwardFunctions = `fn place_down(x: f32) -> u32 { return place_up(bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u)); }
fn place_down4(x: vec4<f32>) -> vec4<u32> { return place_up4(bitcast<vec4<f32>>(bitcast<vec4<u32>>(x) ^ vec4<u32>(0x80000000u))); }
fn from_place_down(place: u32) -> f32 { return bitcast<f32>(bitcast<u32>(from_place_up(place)) ^ 0x80000000u); }
`

/** WGSL `maximum_f32` and `minimum_f32`, which call `place_up` and `place_down`: NaN where either is, and 0 above -0. */
export const maximumFunction = `fn maximum_f32(x: f32, y: f32) -> f32 { return select(y, x, place_up(x) >= place_up(y)); }
`
export const minimumFunction = `fn minimum_f32(x: f32, y: f32) -> f32 { return select(y, x, place_down(x) >= place_down(y)); }
`
