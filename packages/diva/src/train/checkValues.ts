import { precisions } from "@diva/tensor"
import { referenceSwitches, switchWords } from "../objective/switches.ts"
import type { PlannedConfig } from "./plan/microProgram.ts"
import { invalid, unknownName, unknownWord, type TrainingInvalid } from "./trainingInvalid.ts"

// A program in another language, or a cast, may give any value; what computes would take some of them for others, in silence.

type Words = readonly (readonly [setting: string, value: unknown, known: readonly string[]])[]

/** Every word of a training that is there, with those it may be. */
const words = ({ method: { switches }, precision, frozenStorage, execution }: PlannedConfig): Words => [
  ...Object.entries(switchWords).map(
    ([name, known]) => [`switches.${name}`, switches[name as keyof typeof switches], known] as const,
  ),
  ...(precision === undefined ? [] : [["precision", precision, precisions] as const]),
  ...(frozenStorage === undefined ? [] : [["frozenStorage", frozenStorage, ["f16"]] as const]),
  ...(execution?.recompute ?? []).map((each) => ["execution.recompute", each, ["imageTower", "unet"]] as const),
]

/** A switch that there is not, or a word that is none of those known. */
export const wordProblem = (config: PlannedConfig): TrainingInvalid | undefined => {
  const known = Object.keys(referenceSwitches)
  const unknown = Object.keys(config.method.switches).find((name) => !known.includes(name))
  if (unknown !== undefined) return unknownName(`switches.${unknown}`, `there is no switch ${unknown}`, unknown, known)
  const wrong = words(config).find(([, value, among]) => !among.some((word) => word === value))
  return wrong === undefined ? undefined : unknownWord(...wrong)
}

const isWhole = (value: unknown, least: number): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least

const isAbove0 = (value: unknown): boolean => typeof value === "number" && value > 0 && value < Infinity

/** Whole numbers of a training, with the least that each may be. */
const wholes = ({ method, optimisation, execution, ...config }: PlannedConfig) => {
  const { switches } = method
  return [
    ["switches.trainSteps", switches.trainSteps, 1],
    ["switches.referenceAccumulation", switches.referenceAccumulation, 1],
    ["switches.projectionWarmup", switches.projectionWarmup, 0],
    ["imagesPerUpdate", method.imagesPerUpdate, 1],
    ["updates", optimisation.updates, 1],
    ["batchSize", config.batchSize, 1],
    ["partials", config.partials ?? 1, 1],
    ["imageSize", config.imageSize, 1],
    ["seed", config.seed, 0],
    ["checkpointEvery", config.checkpointEvery, 1],
    ["stopAfter", config.stopAfter ?? 1, 1],
    ["execution.images", execution?.images ?? 1, 1],
    ["execution.draws", execution?.draws ?? 1, 1],
  ] as const
}

const reals = ({ method: { switches }, ...config }: PlannedConfig) =>
  [
    ["switches.projectionRate", switches.projectionRate, "a number above 0"],
    ["switches.clipNorm", switches.clipNorm ?? 1, "a number above 0, or null to clip nothing"],
    ["maxHours", config.maxHours ?? 1, "a number above 0"],
    ["memoryBudget", config.memoryBudget ?? 1, "a number of bytes"],
  ] as const satisfies readonly (readonly [string, number, string])[]

const wrongNumber = (setting: string, value: unknown, wanted: string): TrainingInvalid =>
  invalid(
    setting,
    `${setting.split(".").at(-1)} cannot be ${typeof value === "string" ? `"${value}"` : String(value)}`,
    `give ${wanted}`,
  )

/** A number that a training cannot have. */
export const numberProblem = (config: PlannedConfig): TrainingInvalid | undefined => {
  const whole = wholes(config).find(([, value, least]) => !isWhole(value, least))
  if (whole !== undefined) return wrongNumber(whole[0], whole[1], `a whole number of at least ${whole[2]}`)
  const real = reals(config).find(([, value]) => !isAbove0(value))
  return real === undefined ? undefined : wrongNumber(real[0], real[1], real[2])
}
