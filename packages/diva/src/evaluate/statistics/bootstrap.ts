import { hostFoldIn, hostKey, hostRandomBits } from "@diva/tensor/random"
import type { Estimate, Interval } from "./interval.ts"

export interface BootstrapOptions {
  /** Where resampling begins; 0. */
  readonly seed?: number
  /** How often the units are drawn again; 10,000. */
  readonly resamples?: number
}

/**
 * The units of one resample: `count` draws with replacement from 0 … count − 1, a pure function of (seed, resample) and
 * the same on every machine.
 */
export const resample = (count: number, seed: number, number: number): Uint32Array => {
  const key = hostFoldIn(hostKey(seed), number)
  return Uint32Array.from({ length: count }, (_, i) => Math.floor((hostRandomBits(key, i) / 2 ** 32) * count))
}

/** The q-quantile of sorted numbers, linear between neighbours. */
export const quantile = (sorted: ArrayLike<number>, q: number): number => {
  const at = q * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!]
  return below + (above - below) * (at - Math.floor(at))
}

const middle = (values: Float64Array): Interval => {
  const sorted = values.toSorted()
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}

/**
 * The 95 % percentile interval of a statistic of `count` units under resampling. `statistic` is given the numbers of the
 * units it is computed of. Resamples of which it is not finite are left out.
 * Source: B. Efron, "Bootstrap methods: another look at the jackknife" (Annals of Statistics 1979).
 */
export const bootstrap = (
  count: number,
  statistic: (units: Uint32Array) => number,
  { seed = 0, resamples = 10_000 }: BootstrapOptions = {},
): Estimate => {
  const value = statistic(Uint32Array.from({ length: count }, (_, i) => i))
  const values = Float64Array.from({ length: resamples }, (_, i) => statistic(resample(count, seed, i)))
  const finite = values.filter(Number.isFinite)
  const interval = finite.length === 0 ? { low: Number.NaN, high: Number.NaN } : middle(finite)
  return { value, count, interval, method: `bootstrap, ${resamples} resamples, seed ${seed}` }
}
