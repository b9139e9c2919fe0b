import type { Estimate } from "@diva/diva"

const fixed = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : value > 0 ? "∞" : "−∞")

/** `13.4 … 26.0` */
export const showInterval = ({ interval: { low, high } }: Pick<Estimate, "interval">): string =>
  `${fixed(low)} … ${fixed(high)}`

/** A score with its interval: `19.3 [13.4 … 26.0]`. */
export const showEstimate = (estimate: Estimate): string =>
  Number.isFinite(estimate.value) ? `${fixed(estimate.value)} [${showInterval(estimate)}]` : "none"
