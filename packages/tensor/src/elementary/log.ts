import { statement } from "../codegen/expression.ts"
import { polynomial } from "./polynomial.ts"

/**
 * WGSL `log_f32`. The built-in may be off by 2^-21 absolutely between ½ and 2, which near 1 leaves no correct digit.
 *
 * x = 2^e·(1 + f) with 1 + f in [√½, √2), and log(1 + f) = 2·artanh(s) with s = f / (2 + f), written as f minus a small
 * correction so that rounding in s hardly counts. The series in s² is minimax to 8e-10. A subnormal number is its bits taken
 * as an integer, in units of 2^-149: drivers that compute with it take it for 0.
 */
export const logFunction = statement`fn log_f32(x: f32) -> f32 {
  let given = bitcast<u32>(x);
  let tiny = given < 0x00800000u;
  let bits = select(given, bitcast<u32>(f32(given)), tiny) + 0x004afb0du;
  let e = f32(i32(bits >> 23u) - select(127, 276, tiny));
  let f = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  let s = f / (2.0f + f);
  let z = s * s;
  let tail = z * ${polynomial("z", [0.66666776, 0.39977443, 0.29874605])};
  let square = 0.5f * f * f;
  let value = e * 0.693359375f - ((square - (s * (square + tail) - e * 2.12194440e-4f)) - f);
  let ended = select(select(value, x, given >= 0x7f800000u), nan_value(), given > 0x80000000u);
  return select(ended, -infinity(), (given & 0x7fffffffu) == 0u);
}
`
