import { Gpu, worldDemo, type DemoStage } from "@diva/diva"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { adapterName } from "../adapter.ts"
import { evaluationEvents } from "../eval/evaluationSink.ts"
import { anyFailure } from "../failure/anyFailure.ts"
import { machine } from "../machine.ts"
import { onInterrupted } from "../onInterrupted.ts"
import { demoData, renderDemo, renderDemoStage } from "../render/demoScores.ts"
import { styleFor } from "../render/style.ts"
import { Screen } from "../screen.ts"
import { trainSink } from "../trainSink.ts"
import { whole } from "./data/sceneFlags.ts"
import { json } from "./flags.ts"

const flags = {
  out: Flag.String("out").pipe(
    Flag.withDescription("Folder for scenes, runs and report.html (runs/demo)"),
    Flag.withDefault("runs/demo"),
  ),
  updates: whole("updates", 1, "Optimizer updates of each run, of 16 pictures", 20),
  scenes: whole("scenes", 1, "Scenes to train on", 320),
  seeds: whole("seeds", 1, "Runs, each with a seed of its own", 3),
  seed: whole("seed", 0, "The first run's seed", 1),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Say what would be done, and stop"),
    Flag.withDefault(false),
  ),
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
  `A small CLIP that was learnt from captions is scored on pairs of scenes that differ in one attribute, looks at ${scenes} scenes ` +
  `without captions for ${updates} updates of diffusion feedback, ${seeds} times, and is scored again; all into ${out}`

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
