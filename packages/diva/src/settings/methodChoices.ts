import { allPatches } from "../condition/allPatches.ts"
import { averagePool } from "../condition/averagePool.ts"
import { classOnly } from "../condition/classOnly.ts"
import { noText, textByCondition, textMean, textPerPosition, type TextCombination } from "../condition/combineText.ts"
import type { Condition } from "../condition/condition.ts"
import { randomPatches } from "../condition/randomPatches.ts"
import { topPatches } from "../condition/topPatches.ts"
import { layerTokens, towerTokens, type TokenSource } from "../condition/tokenSource.ts"
import { growingBuffer, reservoir } from "../data/shuffleBuffer.ts"
import type { ShardsOptions } from "../data/shardsOptions.ts"
import { huber, l1, minSnr, mse, type Loss } from "../objective/loss.ts"
import { linearProjection, mlpProjection, normalisedProjection, type Projection } from "../objective/projection.ts"
import { featureDistance, parameterDistance, type Regulariser } from "../objective/regulariser.ts"
import {
  evenTimestepsOfBatch,
  evenTimestepsOfDraws,
  fixedTimesteps,
  logitNormalTimesteps,
  timestepByDraw,
  timestepPerBatch,
  timestepPerSample,
  timestepsBetween,
  type TimestepSampling,
} from "../objective/timesteps.ts"
import { adamwWith, sgdWith, type OptimizerChoice } from "../objective/update.ts"
import { constantSchedule, cosineSchedule, linearSchedule, type ScheduleChoice } from "../train/config/schedule.ts"
import type { Choices } from "./choices.ts"

/** What the original draws for OpenAI's models: 77 tokens with the class token, one for each position of the text. */
export const defaultPatches = 76

/** SigLIP's window at 224 pixels in the original. */
const defaultWindow = 6

/** Values of the method under the names that settings and command lines know them by. */
export const methodChoices = {
  condition: {
    randomPatches: { takes: "count", make: (count = defaultPatches) => randomPatches(count) },
    randomShare: { takes: "share", make: (share = 0.5) => randomPatches({ share }) },
    topPatches: { takes: "count", make: (count = defaultPatches) => topPatches(count) },
    topShare: { takes: "share", make: (share = 0.5) => topPatches({ share }) },
    allPatches: { takes: "", make: () => allPatches },
    averagePool: { takes: "window", make: (window = defaultWindow) => averagePool(window) },
    classOnly: { takes: "", make: () => classOnly },
  } satisfies Choices<Condition>,
  tokens: {
    tower: { takes: "", make: () => towerTokens },
    layer: { takes: "block", make: (layer = 1) => layerTokens(layer) },
  } satisfies Choices<TokenSource>,
  projection: {
    linear: { takes: "", make: () => linearProjection },
    normalised: { takes: "", make: () => normalisedProjection },
    mlp: { takes: "widening", make: (widening = 2) => mlpProjection(widening) },
  } satisfies Choices<Projection>,
  textCombination: {
    byCondition: { takes: "", make: () => textByCondition },
    perPosition: { takes: "", make: () => textPerPosition },
    mean: { takes: "", make: () => textMean },
    none: { takes: "", make: () => noText },
  } satisfies Choices<TextCombination>,
  loss: {
    mse: { takes: "", make: () => mse },
    l1: { takes: "", make: () => l1 },
    huber: { takes: "delta", make: (delta = 1) => huber(delta) },
    minSnr: { takes: "gamma", make: (gamma = 5) => minSnr(gamma) },
  } satisfies Choices<Loss>,
  timesteps: {
    perSample: { takes: "", make: () => timestepPerSample },
    perBatch: { takes: "", make: () => timestepPerBatch },
    innerIndex: { takes: "", make: () => timestepByDraw },
    fixed: { takes: "step, …", make: (...steps) => fixedTimesteps(...(steps.length === 0 ? [500] : steps)) },
    evenByDraw: { takes: "", make: () => evenTimestepsOfDraws },
    evenByImage: { takes: "", make: () => evenTimestepsOfBatch },
    between: { takes: "low, high", make: (low = 0, high = 1000) => timestepsBetween(low, high) },
    logitNormal: { takes: "mean, deviation", make: (mean = 0, deviation = 1) => logitNormalTimesteps(mean, deviation) },
  } satisfies Choices<TimestepSampling>,
  regularisers: {
    featureDistance: { takes: "weight", make: (weight = 1) => featureDistance(weight) },
    parameterDistance: { takes: "weight", make: (weight = 1) => parameterDistance(weight) },
  } satisfies Choices<Regulariser>,
} as const

/** Optimizers by name, of the momentum and the decay that other settings say. */
export const optimizerChoices: Choices<(momentum: number, weightDecay: number) => OptimizerChoice> = {
  sgd: {
    takes: "",
    make: () => (momentum, weightDecay) => sgdWith({ momentum, ...(weightDecay === 0 ? {} : { weightDecay }) }),
  },
  adamw: { takes: "", make: () => (_momentum, weightDecay) => adamwWith({ weightDecay }) },
}

/** Schedules by name, of the peak and the warm-up that other settings say. */
export const scheduleChoices: Choices<(peak: number, warmup: number) => ScheduleChoice> = {
  cosine: { takes: "", make: () => cosineSchedule },
  linear: { takes: "", make: () => linearSchedule },
  constant: { takes: "", make: () => constantSchedule },
}

const counts = (...numbers: readonly number[]): boolean =>
  numbers.every((number) => Number.isInteger(number) && number > 0)

/** Orders of the data by name. */
export const orderChoices: Choices<NonNullable<ShardsOptions["order"]>> = {
  samples: { takes: "", make: () => "samples" },
  shards: { takes: "", make: () => "shards" },
  reservoir: { takes: "size", fits: counts, make: (size = 2000) => reservoir(size) },
  webdataset: {
    takes: "size, initial",
    fits: counts,
    make: (size = 1000, initial = 100) => growingBuffer(size, initial),
  },
}
