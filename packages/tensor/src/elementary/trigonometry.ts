import { polynomial } from "./polynomial.ts"

/**
 * WGSL `sin_f32` and `cos_f32`. The built-ins need only be within 2^-11, and only on [-π, π]; position embeddings take
 * angles up to thousands.
 *
 * x = q·π/2 + r with π/2 in three parts whose products with q are exact up to |x| = 6,000 or so (beyond 10,000 digits
 * are lost); then a minimax polynomial (4e-9) of r on [-π/4, π/4], chosen and signed by q modulo 4.
 */
export const trigonometryFunctions = `fn sin_or_cos(x: f32, turn: i32) -> f32 {
  let q = round(x * 0.6366197723675814f);
  let r = ((x - q * 1.5703125f) - q * 4.837512969970703e-4f) - q * 7.549790126404332e-8f;
  let quarter = i32(q) + turn;
  let z = r * r;
  let sine = r + r * z * ${polynomial("z", [-0.16666655, 0.0083321575, -0.00019514785])};
  let cosine = 1.0f - (0.5f * z - z * z * ${polynomial("z", [0.041666646, -0.0013887312, 2.4432586e-5])});
  let value = select(sine, cosine, (quarter & 1) == 1);
  return select(value, -value, (quarter & 2) == 2);
}
fn sin_f32(x: f32) -> f32 { return sin_or_cos(x, 0); }
fn cos_f32(x: f32) -> f32 { return sin_or_cos(x, 1); }
`
