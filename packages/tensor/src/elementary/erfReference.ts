/** Σ of the Maclaurin series 2/√π Σ (-1)^n x^(2n+1) / (n! (2n+1)), in the form without alternating signs. */
const bySeries = (x: number): number => {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** The complement by its continued fraction (Abramowitz and Stegun 7.1.14), for x ≥ 2. */
const complement = (x: number): number => {
  let fraction = x
  for (let k = 60; k >= 1; k--) fraction = x + k / 2 / fraction
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction)
}

/** erf in f64, to about 1e-15. */
export const erfReference = (x: number): number => {
  if (x === 0 || Number.isNaN(x)) return x
  if (Math.abs(x) < 2) return bySeries(x)
  return Math.abs(x) > 6 ? Math.sign(x) : Math.sign(x) * (1 - complement(Math.abs(x)))
}
