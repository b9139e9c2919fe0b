import { resolve } from "node:path"
import {
  isThere,
  ModelConfigs,
  previewTraining,
  requireFresh,
  resolvedSettings,
  runTraining,
  Shards,
  trainingFrom,
  unfinishedClip,
  type Events,
  type FeaturesError,
  type Gpu,
  type Observer,
  type Origins,
  type RunState,
  type TrainError,
  type TrainSettings,
  type WeightSources,
} from "@diva/diva"
import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { anyFailure } from "../failure/anyFailure.ts"
import { onInterrupted } from "./onInterrupted.ts"
import { renderLossMove } from "../render/train/lossSummary.ts"
import { renderSettings } from "../render/train/settings.ts"
import { styleFor } from "../text/style.ts"
import { plannedRunData, renderPlannedRun } from "../render/train/trainingPlan.ts"
import { machine } from "../machine/machine.ts"
import { Screen } from "../screen/screen.ts"
import { trainSink } from "../screen/trainSink.ts"
import { pictureObservers } from "../eval/pictureObservers.ts"
import { scoringObservers } from "../eval/scoringObservers.ts"
import { configsOf, previewShardsOf, shardsOf, weightsOf } from "../train/trainServices.ts"
import { everyTrainFlag } from "../flags/everyTrainFlag.ts"
import { settingsOf } from "../flags/settingFlags.ts"

/** What dry run and run have in common: models, training, warnings about the data. */
const prepared = Effect.fnUntraced(function* (settings: TrainSettings) {
  const { models } = yield* ModelConfigs
  const training = trainingFrom(settings, yield* models)
  const screen = yield* Screen
  yield* Effect.forEach((yield* Shards).warnings, (warning) => screen.note(warning), { discard: true })
  return training
})

/** Decides and checks everything as the run does, and computes nothing. */
const plan = Effect.fn("plan")(function* (settings: TrainSettings, origins: Origins, asJson: boolean) {
  const screen = yield* Screen
  // What it would be scored on is opened too: a path that is none shows now, not after the first hours.
  yield* scoringObservers(settings)
  const { config, planned } = yield* previewTraining(yield* prepared(settings), settings.out)
  if (planned === undefined) return yield* screen.print("this machine cannot plan programs")
  const shown = { ...planned, config, out: settings.out, samples: (yield* Shards).count }
  const resolved = resolvedSettings(settings, origins)
  yield* screen.print(
    asJson
      ? JSON.stringify({ ...plannedRunData(shown), settings: resolved }, null, 2)
      : `${renderPlannedRun(shown)}\n\n${renderSettings(resolved)}`,
  )
}, Effect.scoped)

const writtenBy = ({ update }: RunState, { updates }: TrainSettings): string =>
  update === updates
    ? "the trained CLIP"
    : `the CLIP after update ${update} of ${updates} (clip-unfinished.safetensors)`

/** A run that was stopped before its first update has saved nothing. */
const advice = ({ out }: TrainSettings): Effect.Effect<string> =>
  Effect.map(isThere(unfinishedClip(out)), (is) =>
    is
      ? `${unfinishedClip(out)} holds its CLIP; the same command with --resume continues the run`
      : "nothing is saved before the first update is done; the same command starts again",
  )

/** Where weights are read from, wherever the command is given next. */
const sourcesOf = ({ clip, sd, "synthetic-weights": synthetic }: TrainSettings): WeightSources =>
  synthetic
    ? {}
    : {
        ...(clip === undefined ? {} : { clip: resolve(clip) }),
        ...(sd === undefined ? {} : { sd: resolve(sd) }),
      }

const execute = Effect.fn("execute")(function* (settings: TrainSettings, asJson: boolean) {
  const screen = yield* Screen
  const training = yield* prepared(settings)
  const { sink, losses } = yield* trainSink(asJson)
  const observers: readonly Observer<TrainError | FeaturesError, Gpu | Shards | Events>[] = [
    ...(yield* scoringObservers(settings)),
    ...(yield* pictureObservers(settings, training, asJson)),
  ]
  const run = runTraining(training, {
    folder: settings.out,
    commandLine: process.argv.slice(2),
    sinks: [sink],
    sources: sourcesOf(settings),
    keep: settings["keep-checkpoints"],
    observers,
  })
  const state = yield* onInterrupted(run, asJson, advice(settings))
  if (asJson) return
  yield* screen.print(renderLossMove(yield* losses, styleFor(screen.isColourful)))
  yield* screen.print(
    `${settings.out} holds ${writtenBy(state, settings)}, checkpoints, metrics.jsonl and manifest.json`,
  )
}, Effect.scoped)

/** `diva train`: the method on a user's own weights and images. */
export const train = Command.make(
  "train",
  everyTrainFlag,
  Effect.fn("train")(function* (input) {
    const { resume, dryRun, json: asJson } = input
    const { settings, origins } = yield* settingsOf(input)
    yield* requireFresh(settings.out, resume)
    const services = Layer.mergeAll(
      machine(asJson),
      dryRun ? previewShardsOf(settings) : shardsOf(settings),
      weightsOf(settings),
      configsOf(settings),
    )
    yield* Effect.provide(dryRun ? plan(settings, origins, asJson) : execute(settings, asJson), services)
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Train a CLIP's image tower by diffusion feedback on webdataset shards. Ctrl-C finishes the update under way, saves " +
      "it and exits with 130; --resume continues and ends with the same bits. Defaults are those of the original's launch " +
      "script for ViT-L-14 at 224 pixels; --row chooses another published model.",
  ),
  Command.withShortDescription("Train a CLIP's image tower"),
  Command.withExamples([
    {
      command: 'diva train --data "cc3m/*.tar" --clip clip.safetensors --sd stable-diffusion-2-1-base --dry-run',
      description: "See memory, steps and arithmetic before anything is computed",
    },
    {
      command: 'diva train --data "cc3m/*.tar" --clip clip.safetensors --sd stable-diffusion-2-1-base --out runs/one',
      description: "Train",
    },
    {
      command:
        'diva train --data "cc3m/*.tar" --clip clip.safetensors --sd stable-diffusion-2-1-base --eval-every 500 --eval-mmvp MMVP_VLM',
      description: "Train, and see MMVP's score every 500 updates",
    },
    {
      command:
        "diva train --row openai-l14-224 --synthetic-weights --demo-data --f16-frozen --images-per-update 1 --batch 1 --updates 1",
      description: "Run one step of full size without any download",
    },
    {
      command: "diva train --config run.json --memory-budget 8GiB",
      description: "Train within 8 GiB of device memory, the fastest way that fits",
    },
    { command: "diva train --config run.json --resume", description: "Continue a run whose settings are in a file" },
    {
      command: "diva train --dry-run --from-original run_DIVA_with_DFN.py --clip_image_size 224 --train_steps 2",
      description: "See what a call of the original means here; whole lines of its launch scripts are understood",
    },
    { command: "diva train --config run.json --json > events.jsonl", description: "One JSON line per event" },
  ]),
)
