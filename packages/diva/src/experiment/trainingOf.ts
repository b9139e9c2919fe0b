import type { DivaModels } from "../objective/divaModels.ts"
import { referenceMethod, type Method } from "../objective/method.ts"
import { divaModels, type ConfigSet } from "../objective/standardModels.ts"
import { correctedSwitches, referenceSwitches, type Switches } from "../objective/switches.ts"
import { configsOf, type Row, type RowIdentity } from "../rows/rows.ts"
import { unknownName, unknownWord } from "../train/trainingInvalid.ts"
import type { PlannedConfig } from "../train/plan/microProgram.ts"
import { referenceOptimisation, type Optimisation } from "../train/config/trainConfig.ts"

/** A run as a value, all but the weights that it begins with. */
export interface Training extends PlannedConfig {
  readonly configs: ConfigSet
  /** The row that it trains, or that it was made from. */
  readonly row: RowIdentity
}

/** Whether a run does what the original's code does, or what its paper says where the code errs. */
export type Semantics = "reference" | "corrected"

/** What an experiment changes of a row's training: any part of the method, of the optimisation, of how it is computed. */
export interface TrainingChanges
  extends
    Partial<Omit<Method, "models" | "switches">>,
    Partial<Optimisation>,
    Partial<Omit<PlannedConfig, "method" | "optimisation">> {
  readonly models?: Partial<DivaModels>
  readonly semantics?: Semantics
  readonly switches?: Partial<Switches>
}

/** Every switch as either has it. */
export const semanticSwitches: Readonly<Record<Semantics, Switches>> = {
  reference: referenceSwitches,
  corrected: correctedSwitches,
}

/** Entries of `changes` that `base` has, where they are given. */
const overriding = <Base extends object>(base: Base, changes: Partial<Base>): Base =>
  Object.fromEntries(
    Object.entries(base).map(([name, value]) => [name, changes[name as keyof Base] ?? value]),
  ) as unknown as Base

const optional = [
  "partials",
  "frozenStorage",
  "precision",
  "execution",
  "memoryBudget",
  "draws",
  "keepBest",
  "stopAfter",
  "maxHours",
] as const

/** What a run may leave open, where it is given. */
const optionalOf = (changes: TrainingChanges): Partial<PlannedConfig> =>
  Object.fromEntries(optional.flatMap((name) => (changes[name] === undefined ? [] : [[name, changes[name]]])))

/** What a program in another language, or a cast, may have misspelt: it would change nothing, in silence. */
const requireKnown = (changes: object, known: readonly string[], within = ""): void => {
  const unknown = Object.keys(changes).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const name = within + unknown
  throw unknownName(name, `there is nothing called ${name} to change in a training`, unknown, known)
}

const requireSemantics = ({ semantics }: TrainingChanges): void => {
  const known = Object.keys(semanticSwitches)
  if (semantics !== undefined && !known.includes(semantics)) throw unknownWord("semantics", semantics, known)
}

const others = ["models", "switches", "semantics", "promptIds", "batchSize", "imageSize", "seed", "checkpointEvery"]

/**
 * The training of a row, with what an experiment changes of it. Defaults: the original's launch script, 640 images an update in
 * micro-batches of 16 pictures of 512 pixels, 4,600 updates, seed 42, a checkpoint every 100 updates. Throws `TrainingInvalid` for a
 * change of something that a training does not have, and for semantics that are none.
 *
 * @example
 * trainingOf(rows["openai-l14-224"], { condition: allPatches, loss: huber(0.5), updates: 200 })
 */
export const trainingOf = (row: Row, changes: TrainingChanges = {}): Training => {
  const configs = configsOf(row)
  const ofRow = divaModels(configs)
  const models = { ...ofRow, ...changes.models }
  const { models: _models, switches: _switches, ...method } = { ...referenceMethod(models), condition: row.condition }
  requireKnown(changes, [...Object.keys(method), ...Object.keys(referenceOptimisation), ...optional, ...others])
  requireKnown(changes.models ?? {}, Object.keys(ofRow), "models.")
  requireSemantics(changes)
  return {
    ...optionalOf(changes),
    configs,
    row: { name: row.name, title: row.title, prior: row.prior.name },
    method: {
      ...overriding(method, changes),
      models,
      switches: { ...semanticSwitches[changes.semantics ?? "reference"], ...changes.switches },
    },
    promptIds: changes.promptIds ?? row.prior.promptIds,
    batchSize: changes.batchSize ?? 16,
    imageSize: changes.imageSize ?? 512,
    optimisation: overriding(referenceOptimisation, changes),
    seed: changes.seed ?? 42,
    checkpointEvery: changes.checkpointEvery ?? 100,
  }
}
