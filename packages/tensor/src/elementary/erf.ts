import { statement } from "../codegen/expression.ts"
import { polynomial } from "./polynomial.ts"

/**
 * WGSL `erf_f32`, which calls `exp_f32`.
 *
 * Below 1 an odd minimax polynomial (1e-9); above, 1 - e^-Q(|x|) where Q = -log(1 - erf) is smooth (1e-9). From 4 on the
 * result rounds to 1.
 */
export const erfFunction = statement`fn erf_f32(x: f32) -> f32 {
  let z = x * x;
  // 2/√π - 1, so that its rounding is of a small summand.
  let near = x + x * (0.12837917f + z * ${polynomial("z", [-0.3761263, 0.11283617, -0.026854916, 0.005190163, -0.00080248225, 7.898708e-5])});
  let u = min(abs(x), 4.0f) - 1.0f;
  let far = 1.0f - exp_f32(-${polynomial("u", [1.8496056, 2.6389668, 0.8431176, 0.0415035, -0.009895468, 0.0018293895, -0.000186381])});
  return select(select(far, -far, x < 0.0f), near, abs(x) < 1.0f || is_nan(x));
}
`
