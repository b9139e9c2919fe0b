import {
  missingDecoder,
  ModelConfigs,
  picturesOfRun,
  readDecoder,
  trainingFrom,
  withWeights,
  type ConfigsError,
  type OpenShardsError,
  type TrainError,
} from "@diva/diva"
import { Effect, Layer, Option } from "effect"
import type { Command } from "effect/cli"
import { machine } from "../machine/machine.ts"
import { Screen } from "../screen/screen.ts"
import { RunNotPictured, settingsOfRun, type RunSettingsError } from "../train/settingsOfRun.ts"
import { configsOf, shardsOf, weightsOf } from "../train/trainServices.ts"

/** Images of which pictures are made where the run's settings do not say. */
const usual = 4

const withoutPrior = (folder: string): RunNotPictured =>
  new RunNotPictured({
    folder,
    rule: "the run was trained with random weights, which draw nothing",
    remedy: "pictures are made of runs with the weights of a diffusion model (--sd)",
  })

const withoutDecoder = (folder: string, sd: string, missing: string): RunNotPictured =>
  new RunNotPictured({
    folder,
    rule: `${sd} holds no decoder of the VAE (${missing}), so nothing can be drawn`,
    remedy: "give diva train a diffusion model whose VAE is whole",
  })

export interface PicturesWanted {
  /** The run's folder. */
  readonly folder: string
  /** Where its pictures lie now, if not where the command that trained it said. */
  readonly data: Option.Option<readonly string[]>
}

/** Everything that making pictures afterwards can fail by. */
export type PicturesError = RunSettingsError | TrainError | ConfigsError | OpenShardsError

/**
 * Makes the pictures of a run that `diva train` made none of: what the diffusion model makes of its first images with the tower it began
 * with, and with that of its newest checkpoint. Errors: `RunNotPictured`, those with which the run would begin, file errors.
 */
export const picturesAfterwards: (
  wanted: PicturesWanted,
) => Effect.Effect<void, PicturesError, Screen | Command.Environment> = Effect.fn("picturesAfterwards")(function* ({
  folder,
  data,
}) {
  const screen = yield* Screen
  const typed = yield* settingsOfRun(folder)
  const settings = { ...typed, ...(Option.isSome(data) ? { data: data.value, "demo-data": false } : {}) }
  const { sd } = settings
  if (sd === undefined || settings["synthetic-weights"]) return yield* withoutPrior(folder)
  const make = Effect.gen(function* () {
    const { models } = yield* ModelConfigs
    const training = trainingFrom(settings, yield* models)
    const { vae } = training.configs
    const decoder = yield* readDecoder(sd)
    const [missing] = missingDecoder(vae, decoder)
    if (missing !== undefined) return yield* withoutDecoder(folder, sd, missing)
    yield* screen.status(`making pictures of ${folder}`)
    const config = yield* withWeights(training)
    return yield* picturesOfRun({ folder, config, vae, decoder, count: settings.pictures || usual })
  }).pipe(Effect.scoped)
  const services = Layer.mergeAll(machine(false), shardsOf(settings), weightsOf(settings), configsOf(settings))
  yield* make.pipe(Effect.provide(services))
  yield* screen.status("")
})
