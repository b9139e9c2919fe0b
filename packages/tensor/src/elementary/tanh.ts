import { statement } from "../codegen/expression.ts"
import { polynomial } from "./polynomial.ts"

/**
 * WGSL `tanh_f32`, which calls `exp_f32`. The built-in may compute (e^x - e^-x) / (e^x + e^-x), which is NaN for large x
 * and loses all digits near 0.
 *
 * An odd minimax polynomial (4e-9) below 0.625, 1 - 2 / (e^2x + 1) above.
 */
export const tanhFunction = statement`fn tanh_f32(x: f32) -> f32 {
  let size = abs(x);
  let z = x * x;
  // The sum of -0 and 0 would be 0.
  let near = select(x + x * z * ${polynomial("z", [-0.3333328, 0.1333142, -0.0537378, 0.020632552, -0.0056973905])}, x, z == 0.0f);
  let far = 1.0f - 2.0f / (exp_f32(2.0f * min(size, 40.0f)) + 1.0f);
  return select(select(far, -far, x < 0.0f), near, size < 0.625f || is_nan(x));
}
`

/** WGSL `logistic_f32`, which calls `exp_f32`: only ever e^-|x|, so it neither overflows nor divides by ∞. */
export const logisticFunction = `fn logistic_f32(x: f32) -> f32 {
  let power = exp_f32(-abs(x));
  return select(power, 1.0f, x >= 0.0f) / (1.0f + power);
}
`
