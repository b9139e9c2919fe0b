/**
 * Rounds an f32 to the nearest f16 (ties to even) and keeps it as f32. WGSL's own `quantizeToF16` cuts digits off on some
 * drivers (SwiftShader) and flushes values below 2^-14 to zero on others; those are multiples of 2^-24, so they are rounded as
 * such. From 65,520 on the nearest is infinite.
 */
export const roundHalf = `fn round_half(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let even = (bits + 0xfffu + ((bits >> 13u) & 1u)) & 0xffffe000u;
  let infinite = (bits & 0x80000000u) | 0x7f800000u;
  let normal = bitcast<f32>(select(even, infinite, (even & 0x7fffffffu) >= 0x47800000u));
  let small = round(x * 16777216.0f) * 5.9604644775390625e-8f;
  let rounded = select(normal, small, abs(x) < 6.103515625e-5f);
  return select(rounded, x, (bits & 0x7fffffffu) > 0x7f800000u);
}`

/** Packs two f32 as f16 into one word, rounded to the nearest; `pack2x16float` leaves rounding and the ends of the range to drivers. */
export const packHalves = `fn half_bits(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  let even = magnitude + 0xfffu + ((magnitude >> 13u) & 1u);
  let normal = select((even - 0x38000000u) >> 13u, 0x7c00u, even >= 0x47800000u);
  let small = u32(round(min(abs(x), 1.0f) * 16777216.0f));
  let finite = select(normal, small, magnitude < 0x38800000u);
  return ((bits >> 16u) & 0x8000u) | select(finite, 0x7e00u, magnitude > 0x7f800000u);
}
fn pack_halves(v: vec2<f32>) -> u32 { return half_bits(v.x) | (half_bits(v.y) << 16u); }`
