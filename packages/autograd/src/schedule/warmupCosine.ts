import { linearWarmup, type Schedule } from "./schedule.ts"

/** A run's learning rate: `peak` after `warmup` steps, 0 at step `steps`. */
export interface WarmupCosine {
  readonly peak: number
  readonly warmup: number
  readonly steps: number
}

/**
 * Linear warm-up, then half a cosine to 0: for w = warmup, n = steps, step i counted from 0,
 * peak · i/w for i < w, else peak · ½(1 + cos(π·(i − w)/(n − w))); 0 from step n on.
 *
 * The first update has rate 0 when w > 0. Source: DIVA's training configuration, whose schedule is
 * `get_cosine_schedule_with_warmup` of the transformers library with half a cycle.
 *
 * @example
 * warmupCosine({ peak: 1e-4, warmup: 23, steps: 4600 })(23) // => 0.0001
 */
export const warmupCosine = ({ peak, warmup, steps }: WarmupCosine): Schedule => {
  const rise = linearWarmup({ peak, warmup })
  const fall = (step: number): number => {
    const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup))
    return peak * 0.5 * (1 + Math.cos(Math.PI * progress))
  }
  return (step) => (step < warmup ? rise(step) : fall(step))
}
