import * as path from "node:path"
import { readRun, reportPage, writeText } from "@diva/diva"
import { counted } from "@diva/tensor"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { anyFailure } from "../failure/anyFailure.ts"
import { Screen } from "../screen.ts"

const runs = Argument.String("run").pipe(
  Argument.withDescription("Folders of runs; several share one page"),
  Argument.variadic({ min: 1 }),
)

const out = Flag.String("out").pipe(
  Flag.withDescription("File to write (report.html in the first run's folder)"),
  Flag.optional,
)

/** `diva report`: a page about runs. */
export const report = Command.make(
  "report",
  { runs, out },
  Effect.fn("report")(function* ({ runs: folders, out }) {
    const screen = yield* Screen
    const file = out._tag === "Some" ? out.value : path.join(folders[0]!, "report.html")
    const page = reportPage(yield* Effect.forEach(folders, readRun))
    yield* writeText(file, page)
    yield* screen.print(`${file} holds the report of ${counted(folders.length, "run")}`)
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Write one self-contained HTML page about runs: state, loss, learning rate, gradient norm, throughput, scores, skipped " +
      "samples and manifests. Runs that differ in their seed alone also get the mean of their losses with its interval.",
  ),
  Command.withShortDescription("Write a report of runs"),
  Command.withExamples([
    { command: "diva report runs/train", description: "A report of one run" },
    {
      command: "diva report runs/seed-1 runs/seed-2 runs/seed-3 --out seeds.html",
      description: "Three seeds, and their mean",
    },
  ]),
)
