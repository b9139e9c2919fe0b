import {
  allPatches,
  averagePool,
  classOnly,
  divaModels,
  randomPatches,
  referenceSwitches,
  type Condition,
  type Method,
  type ModelWeights,
  type TrainConfig,
  rowOf,
} from "@diva/diva"
import type { RunModels } from "./modelConfigs.ts"
import { defaultRow, type ConditionName, type TrainSettings } from "./settings.ts"

/** SigLIP's window at 224 pixels in the original. */
const poolWindow = 6

const conditions: Readonly<Record<ConditionName, (patches: number) => Condition>> = {
  "random-patches": randomPatches,
  "all-patches": () => allPatches,
  "average-pool": () => averagePool(poolWindow),
  "class-only": () => classOnly,
}

/** The named condition, or the row's own; fewer or more patches are only drawn where random patches are wanted. */
const conditionOf = ({ row, condition, patches }: TrainSettings): Condition => {
  if (condition !== undefined) return conditions[condition](patches)
  return row === undefined || row === defaultRow ? randomPatches(patches) : rowOf(row).condition
}

/** The method that settings describe. */
export const methodOf = (settings: TrainSettings, { configs }: RunModels): Method => ({
  models: divaModels(configs),
  condition: conditionOf(settings),
  switches: { ...referenceSwitches, trainSteps: settings["train-steps"] },
  accumulation: settings.accumulation,
})

/** A run as @diva/diva takes it. */
export const trainConfigOf = (
  settings: TrainSettings,
  method: Method,
  { promptIds }: RunModels,
  weights: ModelWeights,
): TrainConfig => ({
  method,
  weights,
  promptIds,
  batchSize: settings.batch,
  imageSize: settings["image-size"],
  optimisation: {
    updates: settings.updates,
    peakLearningRate: settings["learning-rate"],
    warmupRatio: settings["warmup-ratio"],
    momentum: settings.momentum,
  },
  ...(settings["f16-frozen"] ? { frozenStorage: "f16" as const } : {}),
  seed: settings.seed,
  checkpointEvery: settings["checkpoint-every"],
  ...(settings["stop-after"] === undefined ? {} : { stopAfter: settings["stop-after"] }),
})
