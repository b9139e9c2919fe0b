import { demo, Gpu, type DemoSummary } from "@diva/diva"
import { counted } from "@diva/tensor"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { adapterName } from "../text/adapterName.ts"
import { anyFailure } from "../failure/anyFailure.ts"
import { sparkline } from "../render/train/lossSummary.ts"
import { showCount } from "../text/number.ts"
import { styleFor, type Style } from "../text/style.ts"
import { machine } from "../machine/machine.ts"
import { Screen } from "../screen/screen.ts"
import { onInterrupted } from "./onInterrupted.ts"
import { trainSink } from "../screen/trainSink.ts"
import { atLeast, dryRunFlag, json, outFolder } from "../flags/flags.ts"

const flags = {
  out: outFolder("Folder for scenes and run", "runs/demo"),
  updates: atLeast("updates", "Optimizer updates", 1, 40),
  scenes: atLeast("scenes", "Rendered scenes", 1, 360),
  seed: atLeast("seed", "Seed of everything", 0, 42),
  dryRun: dryRunFlag(),
  json,
} as const

interface Wanted {
  readonly out: string
  readonly updates: number
  readonly scenes: number
  readonly seed: number
}

const outline = ({ out, updates, scenes, seed }: Wanted): string =>
  `${showCount(scenes)} rendered scenes, a small CLIP and a small latent diffusion model with random weights (seed ${seed}), ` +
  `${counted(updates, "update")}, into ${out}`

const renderSummary = ({ first, last, window, metrics, files }: DemoSummary, style: Style): string => {
  const change = (100 * (last - first)) / first
  return [
    "",
    `loss ${first.toFixed(4)} → ${style.strong(last.toFixed(4))}  (${change > 0 ? "+" : ""}${change.toFixed(1)} %, means of the first and last ${window} updates)`,
    sparkline(
      metrics.map(({ losses }) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length),
      60,
    ),
    "",
    `trained CLIP  ${files.clip}`,
    `checkpoints   ${files.checkpoints}`,
    `metrics       ${files.metrics}`,
    `manifest      ${files.manifest}`,
  ].join("\n")
}

const summaryData = ({ metrics, ...summary }: DemoSummary) => ({
  event: "summary",
  ...summary,
  losses: metrics.map(({ losses }) => losses),
})

const execute = Effect.fn("start")(function* ({ out, updates, scenes, seed }: Wanted, asJson: boolean) {
  const screen = yield* Screen
  const { sink } = yield* trainSink(asJson)
  if (!asJson) yield* screen.note(`${outline({ out, updates, scenes, seed })}, on ${adapterName((yield* Gpu).info)}`)
  const commandLine = process.argv.slice(2)
  const run = demo({ folder: out, updates, scenes, seed, commandLine, sinks: [sink] })
  const summary = yield* onInterrupted(run, asJson, Effect.succeed("the same command continues"))
  yield* screen.print(
    asJson ? JSON.stringify(summaryData(summary)) : renderSummary(summary, styleFor(screen.isColourful)),
  )
})

/** `diva start`: the whole path once on random weights, small enough for a processor. */
export const start = Command.make(
  "start",
  flags,
  Effect.fnUntraced(function* ({ dryRun, json: asJson, ...wanted }) {
    const screen = yield* Screen
    if (dryRun) return yield* screen.print(asJson ? JSON.stringify(wanted) : outline(wanted))
    yield* Effect.provide(execute(wanted, asJson), machine(asJson))
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Render scenes with captions, build a small CLIP and a small latent diffusion model with seeded random weights, train " +
      "by diffusion feedback, and report how the loss moved. Takes minutes without a GPU. An unfinished run is resumed; " +
      "after a finished one, a new one starts.",
  ),
  Command.withShortDescription("Make a small world and train in it"),
  Command.withExamples([
    { command: "diva start", description: "Run the demo" },
    { command: "diva start --updates 100 --seed 7 --out runs/seven", description: "A longer run with another seed" },
    { command: "diva start --json | jq -c 'select(.event == \"step\") | .loss'", description: "Only the losses" },
  ]),
)
