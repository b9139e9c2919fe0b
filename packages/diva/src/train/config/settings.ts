import { Data } from "effect"
import type { Method } from "../../objective/method.ts"
import { titleOf } from "../../titled.ts"
import type { ShardsManifest } from "../../data/index.ts"
import { differences, valueAt, type Json } from "../../json.ts"
import { referenceSwitches } from "../../objective/switches.ts"
import { defaultExecution, type Execution, type Recomputed } from "../../objective/execution.ts"
import type { TrainConfig } from "./trainConfig.ts"

/** A run cannot be resumed under other settings: its numbers would belong to neither. */
export class SettingsDiffer extends Data.TaggedError("SettingsDiffer")<{
  readonly settings: readonly string[]
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** Settings by name, as JSON holds them. */
export type Settings = { readonly [name: string]: Json }

/** What decides the images a run sees. Paths are left out: shards may move. */
const dataSettings = ({ seed, size, order, crop, shards }: ShardsManifest): Settings => ({
  seed,
  size,
  order,
  crop: { area: [...crop.area], aspect: [...crop.aspect] },
  shards: shards.map(({ bytes, samples }) => ({ bytes, samples })),
})

/** The setting that tells an execution. */
export const executionSettings = ({ images, draws, recompute }: Execution): Settings => ({
  execution: { images, draws, recompute: [...recompute] },
})

const isWhole = (value: Json | undefined): value is number => typeof value === "number" && Number.isSafeInteger(value)

/** The execution that settings tell; undefined where they tell none. */
export const savedExecution = ({ execution }: Settings): Execution | undefined => {
  if (typeof execution !== "object" || execution === null || !("recompute" in execution)) return undefined
  const { images, draws, recompute } = execution
  if (!isWhole(images) || !isWhole(draws) || !Array.isArray(recompute)) return undefined
  const isModel = (model: Json): model is Recomputed => model === "imageTower" || model === "unet"
  return { images, draws, recompute: recompute.filter(isModel) }
}

/** How a run computes: as it says, or as is done where nothing is asked for. */
export const executionOf = ({
  method,
  batchSize,
  execution,
}: Pick<TrainConfig, "method" | "batchSize" | "execution">) =>
  execution ?? defaultExecution(batchSize, method.switches.trainSteps)

/** The parts of the method by their titles. */
const methodSettings = ({ models, tokens, condition, projection, textCombination, ...method }: Method): Settings => ({
  models: { image: models.image.title, prior: models.prior.title },
  tokens: tokens.title,
  condition: titleOf(condition),
  projection: projection.title,
  textCombination: titleOf(textCombination),
  loss: titleOf(method.loss),
  timesteps: titleOf(method.timesteps),
  regularisers: method.regularisers.map(({ title }) => title),
  switches: { ...method.switches },
  imagesPerUpdate: method.imagesPerUpdate,
})

/** The settings that decide a run's numbers, as they are compared at a resume and written to the manifest. */
export const settingsOf = (config: TrainConfig, data: ShardsManifest): Settings => {
  const { method, batchSize, imageSize, seed, optimisation } = config
  return {
    ...methodSettings(method),
    batchSize,
    partials: config.partials ?? 1,
    imageSize,
    seed,
    ...(config.draws === undefined ? {} : { draws: config.draws.title }),
    optimisation: {
      updates: optimisation.updates,
      optimizer: titleOf(optimisation.optimizer),
      schedule: titleOf(optimisation.schedule),
    },
    ...(config.frozenStorage === undefined ? {} : { frozenStorage: config.frozenStorage }),
    precision: config.precision ?? "highest",
    ...executionSettings(executionOf(config)),
    promptIds: [...config.promptIds[method.switches.prompt]],
    data: dataSettings(data),
  }
}

const shown = (value: Json | undefined): string => (value === undefined ? "none" : JSON.stringify(value))

const change = (path: string, saved: Settings, wanted: Settings): string =>
  `${path} ${shown(valueAt(saved, path))}, now ${shown(valueAt(wanted, path))}`

/** A run that began before a switch existed did what the switch's default does. */
const withLaterSwitches = (saved: Settings): Settings => {
  const { switches } = saved
  return typeof switches === "object" && switches !== null && !Array.isArray(switches)
    ? { ...saved, switches: { ...referenceSwitches, ...switches } }
    : saved
}

/** The error of resuming a run whose settings were `before` under `wanted`; undefined where they are the same. */
export const settingsDiffer = (before: Settings, wanted: Settings): SettingsDiffer | undefined => {
  const saved = withLaterSwitches(before)
  const differing = differences(saved, wanted)
  return differing.length === 0
    ? undefined
    : new SettingsDiffer({
        settings: differing,
        rule: `the checkpoint was made with other settings: ${differing.map((path) => change(path, saved, wanted)).join(", ")}`,
        remedy: "resume with the settings the run was started with, or start a new run in another folder",
      })
}
