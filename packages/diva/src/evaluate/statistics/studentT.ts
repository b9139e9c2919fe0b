import type { Estimate } from "./interval.ts"

/** Steps of the integral; its error is far below what a printed interval shows. */
const steps = 2000

/** Simpson's rule over [0, end] for a smooth function. */
const integral = (f: (x: number) => number, end: number): number => {
  const h = end / steps
  let sum = f(0) + f(end)
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * f(i * h)
  return (sum * h) / 3
}

/**
 * P(|T| ≤ t) for Student's t with `freedom` degrees. With tan u = t/√freedom it is ∫₀ᵘ cosᶠ⁻¹ over the same up to π/2.
 */
const within = (t: number, freedom: number): number => {
  const density = (u: number) => Math.cos(u) ** (freedom - 1)
  return integral(density, Math.atan(t / Math.sqrt(freedom))) / integral(density, Math.PI / 2)
}

/** The t with P(|T| ≤ t) = 0.95. */
export const studentT95 = (freedom: number): number => {
  let [low, high] = [1, 20]
  for (let i = 0; i < 60; i++) {
    const t = (low + high) / 2
    if (within(t, freedom) < 0.95) low = t
    else high = t
  }
  return (low + high) / 2
}

/**
 * The mean of repeated measurements with Student's 95 % interval: it tells how well the mean is known over repetitions,
 * not how well it would hold on other data. Of one measurement nothing is known, and the interval is unbounded.
 */
export const meanOf = (values: readonly number[]): Estimate => {
  const count = values.length
  const value = values.reduce((sum, x) => sum + x, 0) / count
  const method = "Student's t"
  if (count < 2) return { value, count, interval: { low: -Infinity, high: Infinity }, method }
  const variance = values.reduce((sum, x) => sum + (x - value) ** 2, 0) / (count - 1)
  const half = studentT95(count - 1) * Math.sqrt(variance / count)
  return { value, count, interval: { low: value - half, high: value + half }, method }
}
