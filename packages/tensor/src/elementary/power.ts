/**
 * WGSL `power_f32`, which calls `exp_f32` and `log_f32`: e^(y·log|x|), negative where x is and y is odd; NaN for a negative
 * x with a y that is no integer. The built-in is undefined for every negative x.
 */
export const powerFunction = `fn power_f32(x: f32, y: f32) -> f32 {
  if (y == 0.0f || x == 1.0f) { return 1.0f; }
  let size = exp_f32(y * log_f32(abs(x)));
  if (x >= 0.0f) { return size; }
  let odd = abs(y) % 2.0f == 1.0f;
  return select(nan_value(), select(size, -size, odd), floor(y) == y);
}
`
