/**
 * WGSL `remainder_f32`: x - y·trunc(x / y), exact. The built-in rounds x / y, which loses all digits where that is large.
 *
 * Long division of the significands, eight bits at a time: the rest of each step is below y's 24 bits, so that its shift fits a
 * word. All of it by bits, subnormal numbers too. NaN for y = 0, for an infinite x, and of NaN; x itself for an infinite y.
 */
export const remainderFunction = `fn exponent_of(bits: u32) -> u32 { return max(bits >> 23u, 1u); }
fn significand_of(bits: u32) -> u32 { return (bits & 0x7fffffu) | select(0u, 0x800000u, bits >= 0x800000u); }
fn remainder_f32(x: f32, y: f32) -> f32 {
  let a = bitcast<u32>(x) & 0x7fffffffu;
  let b = bitcast<u32>(y) & 0x7fffffffu;
  if (a >= 0x7f800000u || b > 0x7f800000u || b == 0u) { return nan_value(); }
  if (a < b) { return x; }
  let divisor = significand_of(b);
  var rest = significand_of(a) % divisor;
  var left = exponent_of(a) - exponent_of(b);
  while (left > 0u && rest > 0u) {
    let step = min(left, 8u);
    rest = (rest << step) % divisor;
    left -= step;
  }
  // In units of y's last place: moved up as far as the exponent allows.
  let zeros = min(countLeadingZeros(rest) - 8u, exponent_of(b) - 1u);
  let moved = rest << zeros;
  let exponent = select(0u, exponent_of(b) - zeros, moved >= 0x800000u);
  let size = select((exponent << 23u) | (moved & 0x7fffffu), 0u, rest == 0u);
  return bitcast<f32>(size | (bitcast<u32>(x) & 0x80000000u));
}
`
