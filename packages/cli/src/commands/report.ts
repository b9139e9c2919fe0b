import * as path from "node:path"
import { readPictures, readRun, reportPage, runFiles, writeText } from "@diva/diva"
import { counted } from "@diva/tensor"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { picturesAfterwards } from "../eval/picturesAfterwards.ts"
import { scoresAfterwards } from "../eval/scoresAfterwards.ts"
import { anyFailure } from "../failure/anyFailure.ts"
import { Screen } from "../screen/screen.ts"

const runs = Argument.String("run").pipe(
  Argument.withDescription("Folders of runs; several share one page"),
  Argument.variadic({ min: 1 }),
)

const out = Flag.String("out").pipe(
  Flag.withDescription("File to write (report.html in the first run's folder)"),
  Flag.optional,
)

const pictures = Flag.Boolean("pictures").pipe(
  Flag.withDescription(
    "Make pictures, where a run has none, of what its diffusion model makes of its first images with the tower before and after",
  ),
  Flag.withDefault(false),
)

const data = Flag.String("data").pipe(
  Flag.withDescription("With --pictures: where the run's images lie now, if elsewhere; may be given several times"),
  Flag.between(0, 64),
  Flag.map((all) => (all.length === 0 ? Option.none<readonly string[]>() : Option.some(all))),
)

const mmvp = Flag.String("mmvp").pipe(
  Flag.withDescription(
    "Folder of MMVP's pairs: score each run's CLIP before and after on them, and show the pairs that turned",
  ),
  Flag.optional,
)

/** `diva report`: a page about runs. */
export const report = Command.make(
  "report",
  { runs, out, pictures, data, mmvp },
  Effect.fn("report")(function* ({ runs: folders, out, pictures: wantsPictures, data: at, mmvp: pairs }) {
    const screen = yield* Screen
    const file = out._tag === "Some" ? out.value : path.join(folders[0]!, "report.html")
    for (const folder of folders) {
      if (wantsPictures && (yield* readPictures(runFiles(folder).pictures)).length === 0)
        yield* picturesAfterwards({ folder, data: at })
      if (Option.isSome(pairs)) yield* scoresAfterwards(folder, pairs.value)
    }
    const page = reportPage(yield* Effect.forEach(folders, readRun))
    yield* writeText(file, page)
    yield* screen.print(`${file} holds the report of ${counted(folders.length, "run")}`)
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Write one self-contained HTML page about runs: state, loss, learning rate, gradient norm, throughput, scores, skipped " +
      "samples and manifests; pictures of what the diffusion model makes of images, and pairs that turned, where there are any or the flags ask for them. Runs that differ in their seed alone also get the mean of their losses with its interval.",
  ),
  Command.withShortDescription("Write a report of runs"),
  Command.withExamples([
    { command: "diva report runs/train", description: "A report of one run" },
    {
      command: "diva report runs/train --pictures --mmvp MMVP_VLM",
      description: "With pictures of before and after, and the pairs that turned",
    },
    {
      command: "diva report runs/seed-1 runs/seed-2 runs/seed-3 --out seeds.html",
      description: "Three seeds, and their mean",
    },
  ]),
)
