import { warmupCosine, warmupSteps, type Schedule } from "@diva/autograd"
import type { Optimisation } from "./trainConfig.ts"

/** The learning rate of each update, counted from 0. */
export const scheduleOf = ({ updates, peakLearningRate, warmupRatio }: Optimisation): Schedule =>
  warmupCosine({ peak: peakLearningRate, warmup: warmupSteps(updates, warmupRatio), steps: updates })
