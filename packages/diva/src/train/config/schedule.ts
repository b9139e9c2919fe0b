import { constantRate, linearWarmup, warmupCosine, warmupSteps, type Schedule } from "@diva/autograd"
import { titled, type Titled } from "../../titled.ts"

/** The learning rates of a run of so many updates, by the number of the update from 0. Any function will do. */
export interface ScheduleChoice extends Titled {
  (updates: number): Schedule
}

/** A linear rise over the first `ratio` of the updates, then half a cosine to 0: the original's. */
export const cosineSchedule = (peak: number, ratio: number): ScheduleChoice =>
  titled(`cosine(peak ${peak}, warm-up ${ratio})`, (updates: number) =>
    warmupCosine({ peak, warmup: warmupSteps(updates, ratio), steps: updates }),
  )

/** A linear rise over the first `ratio` of the updates, then the peak. */
export const constantSchedule = (peak: number, ratio = 0): ScheduleChoice =>
  titled(`constant(peak ${peak}, warm-up ${ratio})`, (updates: number) =>
    ratio === 0 ? constantRate(peak) : linearWarmup({ peak, warmup: warmupSteps(updates, ratio) }),
  )

/** A linear rise over the first `ratio` of the updates, then a linear fall to 0. */
export const linearSchedule = (peak: number, ratio: number): ScheduleChoice =>
  titled(`linear(peak ${peak}, warm-up ${ratio})`, (updates: number) => {
    const warmup = warmupSteps(updates, ratio)
    const rise = linearWarmup({ peak, warmup })
    return (update) => (update < warmup ? rise(update) : (peak * (updates - update)) / Math.max(1, updates - warmup))
  })
