import { statement } from "../codegen/expression.ts"
import { polynomial } from "./polynomial.ts"

/** 2/π in words of 32 bits, after one of zeros for what stands before the point. */
const twoOverPi = [0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab]

/**
 * The angle in quarter turns and what is left, r in [-π/4, π/4].
 *
 * Up to 8,192: x - q·π/2 with π/2 in four parts, whose products with q (13 bits) are exact in the first three (Cody and Waite).
 * Beyond: x = m·2^e, of which x·2/π modulo 4 is needed. Bits of 2/π that e moves left of that are multiples of 4 once multiplied
 * by m, so the product of m with the next 96 bits says all, modulo 2^96 (Payne and Hanek 1983). Integers only.
 */
const reduction = statement`struct Turn { rest: f32, quarter: i32 }
fn near_turn(x: f32) -> Turn {
  let q = round(x * 0.6366197723675814f);
  let first = (x - q * 1.5703125f) - q * 4.837512969970703e-4f;
  let rest = (first - q * 7.549533620476723e-8f) - q * 2.563344068257e-12f;
  return Turn(select(rest, x, q == 0.0f), i32(q));
}
fn two_over_pi(i: u32) -> u32 {
  switch (i) {
${twoOverPi.map((word, i) => `    case ${i}u: { return 0x${word.toString(16)}u; }`).join("\n")}
    default: { return 0u; }
  }
}
fn two_over_pi_from(place: u32) -> u32 {
  let shift = place & 31u;
  return (two_over_pi(place >> 5u) << shift) | ((two_over_pi((place >> 5u) + 1u) >> 1u) >> (31u - shift));
}
fn high_product(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}
fn far_turn(x: f32) -> Turn {
  let bits = bitcast<u32>(x);
  let m = (bits & 0x7fffffu) | 0x800000u;
  let place = ((bits >> 23u) & 0xffu) - 120u;
  let carried = high_product(m, two_over_pi_from(place + 64u));
  let low = m * two_over_pi_from(place + 32u);
  let middle = low + carried;
  let top = m * two_over_pi_from(place) + high_product(m, two_over_pi_from(place + 32u)) + u32(middle < low);
  // Two bits of quarter turns, then the fraction: above a half it counts down from the next quarter turn.
  let quarter = i32((top + 0x20000000u) >> 30u);
  let high = (top << 2u) | (middle >> 30u);
  let below = middle << 2u;
  let down = high >= 0x80000000u;
  let first = select(high, ~high + u32(below == 0u), down);
  let second = select(below, ~below + 1u, down);
  let zeros = countLeadingZeros(first);
  let size = f32((first << zeros) | ((second >> 1u) >> (31u - zeros))) * bitcast<f32>((95u - zeros) << 23u);
  let rest = size * 1.5707963267948966f;
  return Turn(select(rest, -rest, down != (x < 0.0f)), select(quarter, -quarter, x < 0.0f));
}
fn turn_of(x: f32) -> Turn {
  if (abs(x) < 8192.0f) { return near_turn(x); }
  return far_turn(x);
}
fn sine_of(r: f32, z: f32) -> f32 {
  // The sum of -0 and 0 would be 0.
  return select(r + r * z * ${polynomial("z", [-0.16666655, 0.0083321575, -0.00019514785])}, r, z == 0.0f);
}
fn cosine_of(z: f32) -> f32 { return 1.0f - (0.5f * z - z * z * ${polynomial("z", [0.041666646, -0.0013887312, 2.4432586e-5])}); }
fn has_no_angle(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) >= 0x7f800000u; }
`

/**
 * WGSL `sin_f32`, `cos_f32` and `tan_f32`, for every finite x. The built-ins need only be within 2^-11, and only on [-π, π].
 * Minimax polynomials (4e-9) of the rest of a quarter turn, chosen and signed by the quarter.
 */
export const trigonometryFunctions = `${reduction}fn sin_or_cos(x: f32, turn: i32) -> f32 {
  let angle = turn_of(x);
  let z = angle.rest * angle.rest;
  let quarter = angle.quarter + turn;
  let value = select(sine_of(angle.rest, z), cosine_of(z), (quarter & 1) == 1);
  return select(select(value, -value, (quarter & 2) == 2), nan_value(), has_no_angle(x));
}
fn sin_f32(x: f32) -> f32 { return sin_or_cos(x, 0); }
fn cos_f32(x: f32) -> f32 { return sin_or_cos(x, 1); }
fn tan_f32(x: f32) -> f32 {
  let angle = turn_of(x);
  let z = angle.rest * angle.rest;
  let sine = sine_of(angle.rest, z);
  let cosine = cosine_of(z);
  let odd = (angle.quarter & 1) == 1;
  return select(select(sine, -cosine, odd) / select(cosine, sine, odd), nan_value(), has_no_angle(x));
}
`
