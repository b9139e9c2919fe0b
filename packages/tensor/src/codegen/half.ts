/**
 * Rounds an f32 to the nearest f16 (ties to even) and keeps it as f32. WGSL's own `quantizeToF16` may flush values below
 * 2^-14 to zero, and does on some drivers; those are multiples of 2^-24, so they are rounded as such.
 */
export const roundHalf = `fn round_half(x: f32) -> f32 {
  return select(quantizeToF16(x), round(x * 16777216.0f) * 5.9604644775390625e-8f, abs(x) < 6.103515625e-5f);
}`

/** Packs two f32 as f16 into one word, keeping subnormal values that `pack2x16float` may flush. */
export const packHalves = `fn half_bits(x: f32) -> u32 {
  let sign = (bitcast<u32>(x) >> 16u) & 0x8000u;
  return select(pack2x16float(vec2<f32>(x, 0.0f)) & 0xffffu, sign | u32(round(abs(x) * 16777216.0f)), abs(x) < 6.103515625e-5f);
}
fn pack_halves(v: vec2<f32>) -> u32 { return half_bits(v.x) | (half_bits(v.y) << 16u); }`
