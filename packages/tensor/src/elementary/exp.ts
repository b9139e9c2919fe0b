import { statement } from "../codegen/expression.ts"
import { polynomial } from "./polynomial.ts"

/**
 * WGSL `exp_f32`. The built-in may be off by 3 + 2·|x| units in the last place, which adds up in softmax and losses.
 *
 * x = n·log 2 + r, e^x = 2^n·e^r. log 2 is subtracted in two parts, the first short enough for n·log 2 to be exact;
 * e^r - 1 - r is a polynomial (minimax on |r| ≤ log 2 / 2, 3e-9). 2^n is added to the exponent, which is exact as long as
 * the result is a normal number: from log(2^-126) on down it is 0, from log(2^128) on up ∞. 1.5·2^23 + n holds n in its
 * last bits, which are faster to take out than n is to convert.
 */
export const expFunction = statement`fn exp_f32(x: f32) -> f32 {
  let n = round(x * 1.4426950408889634f);
  let r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  let power = 1.0f + (r + r * r * ${polynomial("r", [0.49999994, 0.1666652, 0.041668408, 0.008368899, 0.0013814218])});
  let scaled = bitcast<f32>(bitcast<u32>(power) + (bitcast<u32>(n + 12582912.0f) << 23u));
  let bounded = select(select(scaled, 0.0f, x < -87.33654f), x * 3.0e38f, x > 88.72283f);
  return select(bounded, x, is_nan(x));
}
`
