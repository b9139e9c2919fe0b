import { statement } from "../codegen/expression.ts"
import { polynomial } from "./polynomial.ts"

/**
 * WGSL `power_f32`: 2^(y·log2|x|), signed. The built-in is undefined for negative x, and what rounding leaves wrong of the
 * logarithm is multiplied by y.
 *
 * log2|x| = e + 2/ln 2·artanh(s), s = f / (2 + f), in two parts of which the first has 12 bits: s and 2/ln 2 are split alike, so
 * that the products that count are exact. Splitting cuts bits off, which no compiler undoes. Results below 2^-126 are 0.
 */
const sizeFunction = statement`fn cut(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }
fn power_size(x: f32, y: f32) -> f32 {
  let given = bitcast<u32>(x) & 0x7fffffffu;
  let tiny = given < 0x00800000u;
  let bits = select(given, bitcast<u32>(f32(given)), tiny) + 0x004afb0du;
  let e = f32(i32(bits >> 23u) - select(127, 276, tiny));
  let f = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  let d = 2.0f + f;
  let d_high = cut(d);
  let d_low = f - (d_high - 2.0f);
  let s = f / d;
  let s_high = cut(s);
  let s_low = ((f - s_high * d_high) - s_high * d_low) / d;
  let z = s * s;
  let tail = s_low + s * (z * ${polynomial("z", [0.33333334, 0.2000006139278412, 0.14275406301021576, 0.116653599])});
  let main = 2.884765625f * s_high;
  let small = 6.244567921385169e-4f * s_high + 2.885390081777927f * tail;
  let high = cut(e + (main + small));
  let low = ((e - high) + main) + small;
  let far = clamp(y, -2147483648.0f, 2147483648.0f);
  let y_high = cut(far);
  let whole = y_high * high;
  let rest = (far - y_high) * high + far * low;
  let exponent = whole + rest;
  let n = round(clamp(exponent, -127.0f, 128.0f));
  let r = 0.6931471805599453f * ((whole - n) + rest);
  let power = 1.0f + (r + r * r * ${polynomial("r", [0.49999994, 0.1666652, 0.041668408, 0.008368899, 0.0013814218])});
  let scaled = bitcast<f32>(bitcast<u32>(power) + (u32(i32(n)) << 23u));
  return select(select(scaled, 0.0f, exponent < -126.0f), infinity(), exponent >= 128.0f);
}
`

// Whether y is an integer, and whether an odd one, by its bits: from 2^24 on all are even.
const integerFunctions = `fn is_integer(y: f32) -> bool {
  let exponent = i32((bitcast<u32>(y) >> 23u) & 0xffu) - 127;
  let fraction = bitcast<u32>(y) & (0x7fffffu >> u32(clamp(exponent, 0, 23)));
  return (bitcast<u32>(y) << 1u) == 0u || (exponent >= 0 && (exponent >= 23 || fraction == 0u));
}
fn is_odd(y: f32) -> bool {
  let exponent = i32((bitcast<u32>(y) >> 23u) & 0xffu) - 127;
  let digits = (bitcast<u32>(y) & 0x7fffffu) | 0x800000u;
  return exponent >= 0 && exponent <= 23 && ((digits >> u32(clamp(23 - exponent, 0, 23))) & 1u) == 1u;
}
`

/** As IEEE 754 has it: x⁰ and 1^y are 1 whatever the other is, and so is (-1)^±∞. */
export const powerFunction = `${sizeFunction}${integerFunctions}fn power_f32(x: f32, y: f32) -> f32 {
  let a = bitcast<u32>(x) & 0x7fffffffu;
  let b = bitcast<u32>(y) & 0x7fffffffu;
  if (b == 0u || bitcast<u32>(x) == 0x3f800000u) { return 1.0f; }
  if (a > 0x7f800000u || b > 0x7f800000u) { return nan_value(); }
  let negative = bitcast<u32>(x) >= 0x80000000u;
  let endless = b == 0x7f800000u;
  if (negative && a != 0u && a < 0x7f800000u && !endless && !is_integer(y)) { return nan_value(); }
  let grows = (a > 0x3f800000u) == (bitcast<u32>(y) < 0x80000000u);
  let ends = select(select(0.0f, infinity(), grows), 1.0f, a == 0x3f800000u);
  var size = ends;
  if (a != 0u && a < 0x7f800000u && !endless) { size = power_size(x, y); }
  return select(size, -size, negative && is_odd(y));
}
`

/** x^y by the same rules: JavaScript's own makes 1^NaN and 1^±∞ NaN. */
export const powerReference = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y
