import { nearestName } from "@diva/models"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { titleOf, type Titled } from "../titled.ts"
import { microBatches, type PlannedConfig } from "./plan/microProgram.ts"
import { partialsOf } from "./plan/updateProgram.ts"
import { numberProblem, wordProblem } from "./checkValues.ts"
import { invalid, type TrainingInvalid } from "./trainingInvalid.ts"

const timestepNames = [
  "timestepPerSample",
  "timestepPerBatch",
  "timestepByDraw",
  "timestepsBetween",
  "fixedTimesteps",
  "evenTimestepsOfDraws",
  "evenTimestepsOfBatch",
]

/** Functions of the method, with the names that a text in their place most likely means. */
const parts = ({ method, optimisation }: PlannedConfig): readonly (readonly [string, unknown, readonly string[]])[] => [
  ["condition", method.condition, ["randomPatches", "topPatches", "allPatches", "averagePool", "classOnly"]],
  ["loss", method.loss, ["mse", "l1", "huber", "minSnr"]],
  ["timesteps", method.timesteps, timestepNames],
  ["textCombination", method.textCombination, ["textByCondition", "textPerPosition", "textMean", "noText"]],
  ["optimizer", optimisation.optimizer, ["sgdWith", "adamwWith"]],
  ["schedule", optimisation.schedule, ["cosineSchedule", "constantSchedule", "linearSchedule"]],
]

/** `sgdWith` as settings and manifests name it: `sgd`. */
const shortName = (name: string): string =>
  name.replace(/^(?:timestep(?:s(?!Of))?|text)(?=[A-Z])/, "").replace(/(?:With|Schedule|Tokens|Projection|Text)$/, "")

/** The value that a text most likely means, by its own name or by the one that settings have for it. */
const nearestValue = (text: string, known: readonly string[]): string | undefined => {
  const nearest = nearestName(text, [...known, ...known.map(shortName)])
  return known.find((name) => name === nearest || shortName(name) === nearest)
}

const notPart = (setting: string, value: unknown, wanted: string, known: readonly string[]): TrainingInvalid => {
  const nearest = typeof value === "string" ? nearestValue(value, known) : undefined
  const found = typeof value === "string" ? `the text "${value}"` : `a value of type ${typeof value}`
  return invalid(
    setting,
    `${setting} must be ${wanted}, found ${found}`,
    nearest === undefined
      ? `use one of ${known.join(", ")}, or ${wanted} of your own`
      : `did you mean the value ${nearest}?`,
  )
}

/** Parts that are more than a function: what they must have, and the names of those there are. */
const composed = ({
  method,
  draws,
}: PlannedConfig): readonly (readonly [string, unknown, string, readonly string[]])[] => [
  ["tokens", method.tokens, "features", ["towerTokens", "layerTokens"]],
  ["projection", method.projection, "apply", ["linearProjection", "normalisedProjection", "mlpProjection"]],
  ["models.image", method.models.image, "features", ["divaModels"]],
  ["models.prior", method.models.prior, "unet", ["divaModels"]],
  ...(draws === undefined ? [] : [["draws", draws, "at", ["keyedSource"]] as const]),
  ...[method.regularisers]
    .flat()
    .map((each) => ["regularisers", each, "penalty", ["featureDistance", "parameterDistance"]] as const),
]

const composedProblem = ([setting, value, member, known]: ReturnType<typeof composed>[number]) => {
  if (typeof value !== "object" || value === null || !(member in value))
    return notPart(setting, value, `an object with ${member}`, known)
  return "title" in value && typeof value.title === "string" && value.title !== ""
    ? undefined
    : invalid(
        setting,
        `${setting} has no title`,
        "give it one: the titles of its parts identify a run when it is resumed",
      )
}

const partProblem = ([setting, value, known]: readonly [string, unknown, readonly string[]]) => {
  if (typeof value !== "function") return notPart(setting, value, "a function", known)
  return titleOf(value as Titled & { readonly name: string }) === ""
    ? invalid(
        setting,
        `${setting} has no name`,
        "name it with titled(…): the names of its parts identify a run when it is resumed",
      )
    : undefined
}

const warmupProblem = ({
  method: { switches },
  optimisation: { updates },
}: PlannedConfig): TrainingInvalid | undefined =>
  switches.projectionWarmup > 0 && switches.projectionWarmup >= updates
    ? invalid(
        "switches.projectionWarmup",
        `the tower rests for ${switches.projectionWarmup} of ${updates} updates: it never learns`,
        "let the projection learn alone for fewer updates, or train for more",
      )
    : undefined

const splitProblem = (config: PlannedConfig): TrainingInvalid | undefined => {
  const count = microBatches(config)
  const images = config.method.imagesPerUpdate
  if (!Number.isInteger(count))
    return invalid(
      "batchSize",
      `a micro-batch of ${config.batchSize} images does not divide the ${images} of an update`,
      `use a divisor of ${images}, or another number of images per update`,
    )
  return Number.isInteger(count / partialsOf(config))
    ? undefined
    : invalid(
        "partials",
        `${partialsOf(config)} partial sums do not divide the ${count} micro-batches of an update`,
        `use a divisor of ${count}`,
      )
}

/** Checks that a training's parts are known values, have names and fit each other. Errors: `TrainingInvalid`. */
export const checkTraining = <Config extends PlannedConfig>(config: Config): Either<TrainingInvalid, Config> => {
  const problem =
    parts(config)
      .map(partProblem)
      .find((found) => found !== undefined) ??
    composed(config)
      .map(composedProblem)
      .find((found) => found !== undefined) ??
    wordProblem(config) ??
    numberProblem(config) ??
    warmupProblem(config) ??
    splitProblem(config)
  return problem === undefined ? E.right(config) : E.left(problem)
}
