import {
  benchmarkOf,
  benchmarkPlace,
  dataPlaces,
  openBenchmark,
  rulesOf,
  withClip,
  writeBenchmarkReport,
  type BenchmarkTask,
} from "@diva/diva"
import { Data, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { evaluationEvents } from "../../eval/evaluationSink.ts"
import { anyFailure } from "../../failure/anyFailure.ts"
import { renderBenchmark } from "../../render/eval/benchmarkScores.ts"
import { styleFor } from "../../text/style.ts"
import { machine } from "../../machine/machine.ts"
import { Screen } from "../../screen/screen.ts"
import { dryRunFlag, json } from "../../flags/flags.ts"
import { featureFlags, featuresOf, modelFlags, modelOf, weightsArgument } from "./modelFlags.ts"

/** A data set is made for a task other than the command's. */
export class OtherTask extends Data.TaggedError("OtherTask")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {}

/** Flags that say how images become vectors. */
export const scoringFlag = Flag.Literals("scoring", ["stock", "diva"]).pipe(
  Flag.withDescription("How images become vectors: stock, or as the method scores this flavour on MMVP (stock)"),
  Flag.withDefault("stock" as const),
)

export const splitFlag = Flag.String("split").pipe(
  Flag.withDescription("Folder of the shards inside the data set's (test)"),
  Flag.withDefault("test"),
)

export const seedFlag = Flag.Int("seed").pipe(
  Flag.withDescription("Seed of draws, where scoring draws patches (42)"),
  Flag.withDefault(42),
)

const flags = {
  data: Flag.String("data").pipe(
    Flag.withDescription(
      `A data set in CLIP_benchmark's webdataset layout, or the name of one that diva fetch --benchmarks put into ${dataPlaces().benchmarks}`,
    ),
  ),
  split: splitFlag,
  scoring: scoringFlag,
  seed: seedFlag,
  ...modelFlags,
  ...featureFlags,
  out: Flag.String("out").pipe(
    Flag.withDescription(
      "Folder for NAME.json, which CLIP_benchmark's build reads, and NAME.diva.json with everything",
    ),
    Flag.optional,
  ),
  dryRun: dryRunFlag("Open weights and data, report what would be scored, and stop"),
  json,
} as const

/** A command that scores data sets of some tasks. */
export const benchmarkCommand = (name: "classify" | "retrieve", tasks: readonly BenchmarkTask[]) =>
  Command.make(
    name,
    { weights: weightsArgument(), ...flags },
    Effect.fn(name)(
      function* (input) {
        const screen = yield* Screen
        const data = yield* openBenchmark(yield* benchmarkPlace(input.data), input.split)
        if (!tasks.includes(data.task))
          return yield* new OtherTask({
            folder: input.data,
            rule: `is a data set for ${data.task}`,
            remedy: `diva eval ${data.task === "retrieval" ? "retrieve" : "classify"} scores it`,
          })
        const model = yield* modelOf(input.weights, input)
        const [rule] = rulesOf(model.flavour, input.scoring)
        if (input.dryRun) {
          const { classnames, templates, promptSource } = data
          const plan = {
            model: model.name,
            row: model.row ?? null,
            dataset: data.name,
            task: data.task,
            pictures: data.pictures.length,
            classes: classnames.length,
            templates: templates.length,
            promptSource,
            scoring: rule!.title,
          }
          const lines = Object.entries(plan).map(([key, value]) => `${key}  ${String(value)}`)
          return yield* screen.print(input.json ? JSON.stringify(plan) : lines.join("\n"))
        }
        const report = yield* benchmarkOf(model, { data, rule: rule!, seed: input.seed }).pipe(
          withClip(model, featuresOf(input)),
          Effect.provide(machine(input.json)),
          Effect.provide(evaluationEvents(input.json)),
        )
        if (Option.isSome(input.out)) yield* writeBenchmarkReport(input.out.value, report)
        yield* screen.print(input.json ? JSON.stringify(report) : renderBenchmark(report, styleFor(screen.isColourful)))
      },
      Effect.scoped,
      anyFailure,
    ),
  )

/** `diva eval classify`: zero-shot classification. */
export const classify = benchmarkCommand("classify", ["classification", "multilabel"]).pipe(
  Command.withDescription(
    "Score a CLIP on zero-shot classification as CLIP_benchmark does: class vectors from prompts, top-1 and top-5, mean " +
      "per-class recall, or mean average precision where images have several classes; each with its count and 95 % interval.",
  ),
  Command.withShortDescription("Score zero-shot classification"),
  Command.withExamples([
    { command: "diva eval classify ViT-L-14.pt --data cifar10", description: "Score one data set that was fetched" },
    {
      command: "diva eval classify runs/mine --data wds_imagenet1k --out scores",
      description: "Keep the result in files",
    },
  ]),
)

/** `diva eval retrieve`: images for texts and texts for images. */
export const retrieve = benchmarkCommand("retrieve", ["retrieval"]).pipe(
  Command.withDescription(
    "Score a CLIP on retrieval as CLIP_benchmark does: recall at 1, 5 and 10 of images for texts and of texts for images, each " +
      "with its count and 95 % interval.",
  ),
  Command.withShortDescription("Score image and text retrieval"),
  Command.withExamples([
    { command: "diva eval retrieve ViT-L-14.pt --data wds_flickr30k", description: "Score one data set" },
  ]),
)
