/**
 * A schedule is a function of the optimizer step, counted from 0, to a number; evaluated on the host in f64 and passed to
 * programs as a scalar, so that a changing rate compiles nothing again.
 */
export type Schedule = (step: number) => number

/** The same rate at every step. */
export const constantRate =
  (rate: number): Schedule =>
  () =>
    rate

/** Steps of warm-up that are `ratio` of a run of `steps`: ⌈steps · ratio⌉. */
export const warmupSteps = (steps: number, ratio: number): number => Math.ceil(steps * ratio)

/** Linear rise: peak · step / max(1, warmup) before step `warmup`, then `peak`. The first step has rate 0 unless warmup = 0. */
export const linearWarmup =
  ({ peak, warmup }: { readonly peak: number; readonly warmup: number }): Schedule =>
  (step) =>
    step < warmup ? (peak * step) / Math.max(1, warmup) : peak
