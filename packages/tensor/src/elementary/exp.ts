import { polynomial } from "./polynomial.ts"

/**
 * WGSL `exp_f32`. The built-in may be off by 3 + 2·|x| units in the last place, which adds up in softmax and losses.
 *
 * x = n·log 2 + r, e^x = 2^n·e^r. log 2 is subtracted in two parts, the first short enough for n·log 2 to be exact;
 * e^r - 1 - r is a polynomial (minimax on |r| ≤ log 2 / 2, 3e-9). 2^n is applied in two halves, so that results close to
 * overflow and underflow do not pass through ∞ or 0.
 */
export const expFunction = `fn exp_f32(x: f32) -> f32 {
  let bounded = clamp(x, -104.0f, 89.0f);
  let n = round(bounded * 1.4426950408889634f);
  let r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
  let power = 1.0f + (r + r * r * ${polynomial("r", [0.49999994, 0.1666652, 0.041668408, 0.008368899, 0.0013814218])});
  let half = i32(n) / 2;
  let low = bitcast<f32>((half + 127) << 23u);
  let high = bitcast<f32>((i32(n) - half + 127) << 23u);
  return select(power * low * high, x, is_nan(x));
}
`
