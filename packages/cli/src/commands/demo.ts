import { Gpu, worldDemo, type DemoStage } from "@diva/diva"
import { counted } from "@diva/tensor"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { adapterName } from "../text/adapterName.ts"
import { evaluationEvents } from "../eval/evaluationSink.ts"
import { anyFailure } from "../failure/anyFailure.ts"
import { machine } from "../machine/machine.ts"
import { onInterrupted } from "./onInterrupted.ts"
import { demoData, renderDemo, renderDemoStage } from "../render/eval/demoScores.ts"
import { styleFor } from "../text/style.ts"
import { Screen } from "../screen/screen.ts"
import { trainSink } from "../screen/trainSink.ts"
import { atLeast, dryRunFlag, json, outFolder } from "../flags/flags.ts"

const flags = {
  out: outFolder("Folder for scenes, runs and report.html", "runs/demo"),
  updates: atLeast("updates", "Optimizer updates of each run, of 16 pictures", 1, 20),
  scenes: atLeast("scenes", "Scenes to train on", 1, 320),
  seeds: atLeast("seeds", "Runs, each with a seed of its own", 1, 3),
  seed: atLeast("seed", "The first run's seed", 0, 1),
  dryRun: dryRunFlag(),
  json,
} as const

interface Wanted {
  readonly out: string
  readonly updates: number
  readonly scenes: number
  readonly seeds: number
  readonly seed: number
}

const outline = ({ out, updates, scenes, seeds }: Wanted): string =>
  `A small CLIP that was learnt from captions is scored on pairs of scenes that differ in one attribute, looks at ${counted(scenes, "scene")} ` +
  `without captions for ${counted(updates, "update")} of diffusion feedback, ${seeds === 1 ? "once" : `${seeds} times`}, and is scored again; all into ${out}`

const execute = Effect.fn("demo")(function* ({ out, updates, scenes, seeds, seed }: Wanted, asJson: boolean) {
  const screen = yield* Screen
  const { sink } = yield* trainSink(asJson)
  const onStage = (stage: DemoStage) =>
    screen.note(asJson ? JSON.stringify({ event: "stage", ...stage, stage: stage.what }) : renderDemoStage(stage))
  const { info } = yield* Gpu
  if (!asJson)
    yield* screen.note(
      `on ${adapterName(info)}${info.isSoftware ? "; minutes, most of them for kernels, the first time" : ""}`,
    )
  const run = worldDemo({
    folder: out,
    updates,
    scenes,
    seeds: Array.from({ length: seeds }, (_, i) => seed + i),
    commandLine: process.argv.slice(2),
    sinks: [sink],
    onStage,
  })
  const summary = yield* onInterrupted(run, asJson, Effect.succeed("the same command goes on"))
  yield* screen.print(asJson ? JSON.stringify(demoData(summary)) : renderDemo(summary, styleFor(screen.isColourful)))
})

/** `diva demo`: whether diffusion feedback helps a small CLIP, measured. `npm start` runs it. */
export const demo = Command.make(
  "demo",
  flags,
  Effect.fnUntraced(function* ({ dryRun, json: asJson, ...wanted }) {
    const screen = yield* Screen
    if (dryRun) return yield* screen.print(asJson ? JSON.stringify(wanted) : outline(wanted))
    if (!asJson) yield* screen.note(outline(wanted))
    yield* execute(wanted, asJson).pipe(
      Effect.scoped,
      Effect.provide(machine(asJson)),
      Effect.provide(evaluationEvents(asJson)),
    )
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Score a small CLIP that ships with its diffusion model, train it by diffusion feedback on rendered scenes without captions, score it " +
      "again over several seeds, and write a page with pictures. Takes minutes without a GPU. Existing runs are reused.",
  ),
  Command.withShortDescription("See the method at work in a small world"),
  Command.withExamples([
    { command: "diva demo", description: "Run it" },
    { command: "diva demo --seeds 8 --updates 100 --out runs/longer", description: "More runs, longer ones" },
  ]),
)
