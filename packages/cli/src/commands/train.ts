import { demoShard, Gpu, Shards, trainInFolder } from "@diva/diva"
import { Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { device } from "../adapter.ts"
import { anyFailure } from "../failure/anyFailure.ts"
import { renderLossMove } from "../render/lossSummary.ts"
import { plannedRunData, renderPlannedRun } from "../render/trainingPlan.ts"
import { styleFor } from "../render/style.ts"
import { Screen } from "../screen.ts"
import { checkPartial, completeSettings } from "../train/checkSettings.ts"
import { readSettings } from "../train/configFile.ts"
import { readModelConfigs } from "../train/modelConfigs.ts"
import { readModelWeights } from "../train/modelWeights.ts"
import { requireFresh } from "../train/runExists.ts"
import { planWithin } from "../train/planWithin.ts"
import type { TrainSettings } from "../train/settings.ts"
import { methodOf, trainConfigOf } from "../train/trainConfig.ts"
import { onInterrupted } from "../onInterrupted.ts"
import { trainSink } from "../trainSink.ts"
import { json } from "./flags.ts"
import { givenSettings, trainFlags } from "./trainFlags.ts"

const flags = {
  ...trainFlags,
  config: Flag.String("config").pipe(
    Flag.withDescription("JSON file with the same settings; flags win over it"),
    Flag.optional,
  ),
  resume: Flag.Boolean("resume").pipe(
    Flag.withDescription("Go on with the run in the output folder"),
    Flag.withDefault(false),
  ),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Check settings and data, print plan, peak memory and steps, and stop"),
    Flag.withDefault(false),
  ),
  json,
} as const

/** Rendered scenes of `--demo-data`: enough for a few updates of any size. */
const demoScenes = 64

const dataOf = Effect.fnUntraced(function* ({ data = [], out, seed, "image-size": size, ...settings }: TrainSettings) {
  return settings["demo-data"] ? [yield* demoShard(out, demoScenes, seed, size)] : data
})

const shardsOf = (settings: TrainSettings) => {
  const { "image-size": size, seed } = settings
  return Layer.unwrap(Effect.map(dataOf(settings), (data) => Shards.layerTar(data, { size, seed })))
}

const tellWarnings = Effect.flatMap(Shards, ({ warnings }) =>
  Effect.flatMap(Screen, (screen) => Effect.forEach(warnings, (warning) => screen.note(warning), { discard: true })),
)

/** Samples in the data; scenes are not rendered to be counted. */
const countSamples = (settings: TrainSettings) =>
  settings["demo-data"]
    ? Effect.succeed(demoScenes)
    : Effect.provide(
        Effect.andThen(
          tellWarnings,
          Effect.map(Shards, ({ count }) => count),
        ),
        shardsOf(settings),
      )

/** Plans without reading weights or computing anything. */
const plan = Effect.fn("plan")(function* (settings: TrainSettings, asJson: boolean) {
  const screen = yield* Screen
  const models = yield* readModelConfigs(settings)
  const count = yield* countSamples(settings)
  const empty = new Map()
  const nothing = { clip: empty, visualProjection: empty, unet: empty, vae: empty, text: empty }
  const config = trainConfigOf(settings, methodOf(settings, models), models, nothing)
  const limits = yield* Effect.scoped(Effect.map(device, ({ planning }) => planning))
  const planned = { ...(yield* planWithin(config, limits)), config, out: settings.out, samples: count }
  yield* screen.print(asJson ? JSON.stringify(plannedRunData(planned), null, 2) : renderPlannedRun(planned))
})

const execute = Effect.fn("execute")(function* (settings: TrainSettings, asJson: boolean) {
  const screen = yield* Screen
  const models = yield* readModelConfigs(settings)
  const method = methodOf(settings, models)
  const weights = yield* readModelWeights(settings, models.configs, method.models)
  const config = trainConfigOf(settings, method, models, weights)
  yield* tellWarnings
  const { sink, losses } = yield* trainSink(asJson)
  const run = trainInFolder({ folder: settings.out, config, commandLine: process.argv.slice(2), sinks: [sink] })
  yield* onInterrupted(run, asJson, "the same command with --resume goes on")
  if (asJson) return
  yield* screen.print(renderLossMove(yield* losses, styleFor(screen.isColourful)))
  yield* screen.print(`${settings.out} holds the trained CLIP, checkpoints, metrics.jsonl and manifest.json`)
}, Effect.scoped)

/** `diva train`: the method on a user's own weights and images. */
export const train = Command.make(
  "train",
  flags,
  Effect.fn("train")(function* ({ config, resume, dryRun, json: asJson, ...given }) {
    const file = Option.isSome(config) ? yield* readSettings(config.value) : {}
    const settings = yield* completeSettings(file, yield* checkPartial(givenSettings(given)))
    if (dryRun) return yield* plan(settings, asJson)
    yield* requireFresh(settings.out, resume)
    yield* Effect.provide(execute(settings, asJson), Layer.merge(Gpu.layer(), shardsOf(settings)))
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Train a CLIP's image tower by diffusion feedback on webdataset shards. Ctrl-C finishes the update under way, saves " +
      "it and exits with 130; --resume goes on and ends with the same bits. Defaults are those of the original's launch " +
      "script for ViT-L-14 at 224 pixels; --row takes another of the published models.",
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
        "diva train --row openai-l14-224 --synthetic-weights --demo-data --f16-frozen --batch 1 --accumulation 1 --updates 1",
      description: "Run one step of full size without any download",
    },
    {
      command: "diva train --config run.json --memory-budget 8GiB",
      description: "Train within 8 GiB of device memory, the fastest way that fits",
    },
    { command: "diva train --config run.json --resume", description: "Go on with a run whose settings are in a file" },
    { command: "diva train --config run.json --json > events.jsonl", description: "One JSON line per event" },
  ]),
)
