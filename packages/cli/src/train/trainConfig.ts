import {
  allPatches,
  averagePool,
  classOnly,
  divaModels,
  isRowName,
  randomPatches,
  referenceMethod,
  referenceSwitches,
  sgdWith,
  cosineSchedule,
  type Condition,
  type Method,
  type ModelWeights,
  type TrainConfig,
  rowOf,
} from "@diva/diva"
import { parseBytes } from "./byteCount.ts"
import type { RunModels } from "./modelConfigs.ts"
import type { ClipRow } from "@diva/models"
import { defaultPatches, defaultRow, type ConditionName, type TrainSettings } from "./settings.ts"

/** SigLIP's window at 224 pixels in the original. */
const poolWindow = 6

const conditions: Readonly<Record<ConditionName, (patches: number) => Condition>> = {
  "random-patches": randomPatches,
  "all-patches": () => allPatches,
  "average-pool": () => averagePool(poolWindow),
  "class-only": () => classOnly,
}

/** The row that is named, as itself or as a configuration. */
const rowNamed = ({ row, "clip-config": config = "" }: TrainSettings): ClipRow =>
  row ?? (isRowName(config) ? config : defaultRow)

/** The named condition; random patches where their number is given; else the row's own. */
const conditionOf = (settings: TrainSettings): Condition => {
  const { condition, patches } = settings
  if (condition !== undefined) return conditions[condition](patches ?? defaultPatches)
  return patches === undefined ? rowOf(rowNamed(settings)).condition : randomPatches(patches)
}

/** The method that settings describe. */
export const methodOf = (settings: TrainSettings, { configs }: RunModels): Method => ({
  ...referenceMethod(divaModels(configs)),
  condition: conditionOf(settings),
  switches: { ...referenceSwitches, trainSteps: settings["train-steps"] },
  imagesPerUpdate: settings.batch * settings.accumulation,
})

// Checked settings hold a number of bytes, or nothing.
const budgetOf = ({ "memory-budget": budget }: TrainSettings): Pick<TrainConfig, "memoryBudget"> => {
  const bytes = budget === undefined ? null : parseBytes(budget)
  return bytes === null ? {} : { memoryBudget: bytes }
}

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
    optimizer: sgdWith({ momentum: settings.momentum }),
    schedule: cosineSchedule(settings["learning-rate"], settings["warmup-ratio"]),
  },
  ...(settings["f16-frozen"] ? { frozenStorage: "f16" as const } : {}),
  ...budgetOf(settings),
  seed: settings.seed,
  checkpointEvery: settings["checkpoint-every"],
  ...(settings["stop-after"] === undefined ? {} : { stopAfter: settings["stop-after"] }),
})
