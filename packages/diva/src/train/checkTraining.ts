import { nearestName } from "@diva/models"
import { Data } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { noiseSharings, referenceSwitches } from "../objective/switches.ts"
import { titleOf, type Titled } from "../titled.ts"
import { microBatches, type PlannedConfig } from "./plan/microProgram.ts"
import { partialsOf } from "./plan/updateProgram.ts"

/** A training that cannot be: parts of it do not fit together, or one is not a value the method knows. */
export class TrainingInvalid extends Data.TaggedError("TrainingInvalid")<{
  readonly setting: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

const invalid = (setting: string, rule: string, remedy: string): TrainingInvalid =>
  new TrainingInvalid({ setting, rule, remedy })

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

const notPart = (setting: string, value: unknown, wanted: string, known: readonly string[]): TrainingInvalid => {
  const nearest = typeof value === "string" ? nearestName(value, known) : undefined
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
const composed = ({ method }: PlannedConfig): readonly (readonly [string, unknown, string, readonly string[]])[] => [
  ["tokens", method.tokens, "features", ["towerTokens", "layerTokens"]],
  ["projection", method.projection, "apply", ["linearProjection", "normalisedProjection", "mlpProjection"]],
  ["models.image", method.models.image, "features", ["divaModels"]],
  ["models.prior", method.models.prior, "unet", ["divaModels"]],
  ...method.regularisers.map(
    (each) => ["regularisers", each, "penalty", ["featureDistance", "parameterDistance"]] as const,
  ),
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

/** Values that switches may have. A program in another language, or a cast, may give any. */
const words: Readonly<Record<string, readonly unknown[]>> = {
  vaeInput: ["imagenetStatistics", "correct"],
  towerPixels: ["openaiStatistics", "towerStatistics"],
  towerResize: ["aliased", "antialiased"],
  innerWeighting: ["reference", "uniform", "mean"],
  prompt: ["template", "empty"],
  patchDraws: ["withReplacement", "withoutReplacement"],
  visualProjection: ["trained", "frozen"],
  noise: noiseSharings,
}

const unknownSwitch = (name: string): TrainingInvalid => {
  const nearest = nearestName(name, Object.keys(referenceSwitches))
  return invalid(
    `switches.${name}`,
    `there is no switch ${name}`,
    nearest === undefined ? `choose of ${Object.keys(referenceSwitches).join(", ")}` : `did you mean ${nearest}?`,
  )
}

const switchProblem = ({ method: { switches } }: PlannedConfig): TrainingInvalid | undefined => {
  for (const [name, value] of Object.entries(switches)) {
    if (!Object.hasOwn(referenceSwitches, name)) return unknownSwitch(name)
    const known = words[name]
    if (known === undefined || known.includes(value)) continue
    const nearest = nearestName(String(value), known.map(String))
    return invalid(
      `switches.${name}`,
      `${name} cannot be ${JSON.stringify(value)}`,
      nearest === undefined ? `choose one of ${known.join(", ")}` : `did you mean "${nearest}"?`,
    )
  }
  return undefined
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
    switchProblem(config) ??
    warmupProblem(config) ??
    splitProblem(config)
  return problem === undefined ? E.right(config) : E.left(problem)
}
