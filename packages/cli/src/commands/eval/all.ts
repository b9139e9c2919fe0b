import { join } from "node:path"
import {
  benchmarksIn,
  dataPlaces,
  benchmarkTable,
  evaluateAll,
  isThere,
  namesIn,
  readBenchmarkReport,
  rulesOf,
  withClip,
  type AllOutcome,
  type BenchmarkReport,
} from "@diva/diva"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { evaluationEvents } from "../../eval/evaluationSink.ts"
import { anyFailure } from "../../failure/anyFailure.ts"
import { Usage } from "../../failure/cliError.ts"
import { renderBenchmarkTable } from "../../render/eval/benchmarkTable.ts"
import { styleFor } from "../../text/style.ts"
import { machine } from "../../machine/machine.ts"
import { Screen } from "../../screen/screen.ts"
import { dryRunFlag, json } from "../../flags/flags.ts"
import { scoringFlag, seedFlag, splitFlag } from "./benchmark.ts"
import { featureFlags, featuresOf, modelFlags, modelOf, weightsArgument } from "./modelFlags.ts"

const flags = {
  split: splitFlag,
  scoring: scoringFlag,
  seed: seedFlag,
  out: Flag.String("out").pipe(
    Flag.withDescription(
      "Folder of results, two files for each data set; data sets already scored there are not scored again",
    ),
    Flag.withDefault("scores"),
  ),
  against: Flag.String("against").pipe(
    Flag.withDescription("Folder of another model's results, to print before, after and differences"),
    Flag.optional,
  ),
  ...modelFlags,
  ...featureFlags,
  dryRun: dryRunFlag("List the data sets that would be scored, and stop"),
  json,
} as const

const reportsIn = Effect.fnUntraced(function* (folder: string) {
  if (!(yield* isThere(folder)))
    return yield* new Usage({
      command: "diva eval all",
      rule: `--against: there is no folder ${folder}`,
      remedy: "name the --out of an earlier diva eval all",
    })
  const files = (yield* namesIn(folder)).filter((name) => name.endsWith(".diva.json"))
  const read = yield* Effect.forEach(files, (file) => readBenchmarkReport(join(folder, file)))
  return read.filter((report): report is BenchmarkReport => report !== undefined)
})

const scoredIn = (outcomes: readonly AllOutcome[]): readonly BenchmarkReport[] =>
  outcomes.flatMap((outcome) => (outcome.status === "failed" ? [] : [outcome.report]))

const failedIn = (outcomes: readonly AllOutcome[]) =>
  outcomes.flatMap((outcome) => (outcome.status === "failed" ? [outcome] : []))

/** `diva eval all`: every data set of a folder, and the table of the method's zero-shot benchmarks. */
export const all = Command.make(
  "all",
  {
    weights: weightsArgument(),
    root: Argument.Path("root").pipe(
      Argument.withDescription(
        `Folder of data sets in CLIP_benchmark's layout (${dataPlaces().benchmarks}, where diva fetch --benchmarks puts them)`,
      ),
      Argument.withDefault(dataPlaces().benchmarks),
    ),
    ...flags,
  },
  Effect.fn("all")(
    function* (input) {
      const screen = yield* Screen
      if (input.dryRun) {
        const folders = yield* benchmarksIn(input.root)
        return yield* screen.print(input.json ? JSON.stringify({ folders }) : folders.join("\n"))
      }
      const model = yield* modelOf(input.weights, input)
      const [rule] = rulesOf(model.flavour, input.scoring)
      const { root, split, seed, out } = input
      const outcomes = yield* evaluateAll(model, { root, split, rule: rule!, seed, out }).pipe(
        withClip(model, featuresOf(input)),
        Effect.provide(machine(input.json)),
        Effect.provide(evaluationEvents(input.json)),
      )
      const before = Option.isSome(input.against) ? yield* reportsIn(input.against.value) : []
      const table = benchmarkTable(before, scoredIn(outcomes))
      const failed = failedIn(outcomes)
      yield* screen.print(
        input.json
          ? JSON.stringify({ model: model.name, rule: rule!.title, failed, ...table })
          : renderBenchmarkTable({ model: model.name, failed, table }, styleFor(screen.isColourful)),
      )
    },
    Effect.scoped,
    anyFailure,
  ),
).pipe(
  Command.withDescription(
    "Score a CLIP on every data set of a folder and print the table of 27 classification and 2 retrieval benchmarks with " +
      "their means. If stopped, it continues where it was; a data set that cannot be used is reported and the others are scored.",
  ),
  Command.withShortDescription("Score every data set of a folder"),
  Command.withExamples([
    {
      command: "diva eval all ViT-L-14.pt benchmarks/ --out scores/before",
      description: "Stock weights on all data sets",
    },
    {
      command: "diva eval all runs/mine benchmarks/ --out scores/after --against scores/before",
      description: "A run, with differences",
    },
  ]),
)
