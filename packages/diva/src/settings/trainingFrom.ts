import { isDeepStrictEqual } from "node:util"
import * as E from "fp-ts/lib/Either.js"
import type { ClipRow } from "@diva/models"
import type { Condition } from "../condition/condition.ts"
import { randomPatches } from "../condition/randomPatches.ts"
import type { ShardsOptions } from "../data/index.ts"
import { semanticSwitches, trainingOf, type Training, type TrainingChanges } from "../experiment/trainingOf.ts"
import type { Switches } from "../objective/switches.ts"
import { isRowName, priorNames, priors, rows } from "../rows/rows.ts"
import type { RunModels } from "../sources/readConfigs.ts"
import { parseBytes } from "./byteCount.ts"
import { chosen, type Choices } from "./choices.ts"
import { defaultPatches, methodChoices, optimizerChoices, orderChoices, scheduleChoices } from "./methodChoices.ts"
import { defaultRow, type TrainSettings } from "./trainSettings.ts"

/** The row that is named, as itself or as a configuration. */
export const rowNamed = ({ row, "clip-config": config = "" }: Pick<TrainSettings, "row" | "clip-config">): ClipRow =>
  row ?? (isRowName(config) ? config : defaultRow)

/** Checked settings name values that are there. */
const valueOf = <A>(choices: Choices<A>, text: string): A =>
  E.getOrElse(({ rule }: { readonly rule: string }): A => {
    throw new Error(`a checked setting names no value: ${rule}`)
  })(chosen(choices, text))

/** The order of the data that settings name. */
export const dataOrderOf = (settings: TrainSettings): NonNullable<ShardsOptions["order"]> =>
  valueOf(orderChoices, settings["data-order"])

/** The named condition; random patches where their number is given; else the row's own. */
export const conditionOf = (settings: TrainSettings): Condition => {
  const { condition, patches } = settings
  if (condition === undefined)
    return patches === undefined ? rows[rowNamed(settings)].condition : randomPatches(patches)
  const isPlain = /^random-?patches$/i.test(condition.trim())
  return isPlain ? randomPatches(patches ?? defaultPatches) : valueOf(methodChoices.condition, condition)
}

const given = <A extends object>(entries: { readonly [Name in keyof A]: A[Name] | undefined }): Partial<A> =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Partial<A>

/** The switches that settings name themselves; the rest is as `semantics` has it. */
const switchesOf = (settings: TrainSettings): Partial<Switches> =>
  given<Switches>({
    vaeInput: settings["vae-input"],
    towerPixels: settings["tower-pixels"],
    towerResize: settings["tower-resize"],
    innerWeighting: settings["inner-weighting"],
    referenceAccumulation: settings["reference-accumulation"],
    trainSteps: settings["train-steps"],
    prompt: settings.prompt,
    patchDraws: settings["patch-draws"],
    visualProjection: settings["visual-projection"],
    projectionRate: settings["projection-rate"],
    projectionWarmup: settings["projection-warmup"],
    noise: settings.noise,
    clipNorm: settings["clip-norm"] === "none" ? null : Number(settings["clip-norm"]),
  })

/** The switches of a run, those included that `semantics` has. */
export const semanticsOf = (settings: TrainSettings): Switches => ({
  ...semanticSwitches[settings.semantics],
  ...switchesOf(settings),
})

// Checked settings hold a number of bytes, or nothing.
const bytesOf = (budget: string | undefined): number | undefined =>
  (budget === undefined ? undefined : parseBytes(budget)) ?? undefined

/** Names what is none of the published models. */
const asConfigured = "as configured"

/** The published diffusion model of these configurations. */
const priorNamed = ({ unet, vae, text, noise }: RunModels["configs"]): string => {
  const published = (name: (typeof priorNames)[number]) => {
    const known = priors[name]
    return isDeepStrictEqual([unet, vae, text, noise], [known.unet, known.vae, known.text, known.noise])
  }
  return priorNames.find(published) ?? asConfigured
}

/** The training that settings describe, of models whose configurations have been read. */
export const trainingFrom = (settings: TrainSettings, { configs, promptIds }: RunModels): Training => {
  const { clip, ...prior } = configs
  const named = rows[rowNamed(settings)]
  const title = isDeepStrictEqual(clip, named.clip) ? named.title : asConfigured
  const row = { ...named, title, clip, prior: { name: priorNamed(configs), promptIds, ...prior } }
  const changes: TrainingChanges = {
    condition: conditionOf(settings),
    tokens: valueOf(methodChoices.tokens, settings.tokens),
    projection: valueOf(methodChoices.projection, settings.projection),
    textCombination: valueOf(methodChoices.textCombination, settings["text-combination"]),
    loss: valueOf(methodChoices.loss, settings.loss),
    timesteps: valueOf(methodChoices.timesteps, settings.timesteps),
    regularisers: (settings.regularisers ?? []).map((each) => valueOf(methodChoices.regularisers, each)),
    semantics: settings.semantics,
    switches: switchesOf(settings),
    imagesPerUpdate: settings["images-per-update"],
    batchSize: settings.batch,
    partials: settings.partials,
    imageSize: settings["image-size"],
    updates: settings.updates,
    optimizer: valueOf(optimizerChoices, settings.optimizer)(settings.momentum, settings["weight-decay"]),
    schedule: valueOf(scheduleChoices, settings.schedule)(settings["learning-rate"], settings["warmup-ratio"]),
    precision: settings.precision,
    ...(settings["f16-frozen"] ? { frozenStorage: "f16" as const } : {}),
    ...given<{
      readonly memoryBudget: number
      readonly keepBest: string
      readonly stopAfter: number
      readonly maxHours: number
    }>({
      memoryBudget: bytesOf(settings["memory-budget"]),
      keepBest: settings["keep-best"],
      stopAfter: settings["stop-after"],
      maxHours: settings["max-hours"],
    }),
    seed: settings.seed,
    checkpointEvery: settings["checkpoint-every"],
  }
  return trainingOf(row, changes)
}
