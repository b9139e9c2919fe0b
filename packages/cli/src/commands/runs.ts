import { columns } from "@diva/tensor"
import { findRuns, remainingSeconds, type RunData, updatesOf } from "@diva/diva"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { anyFailure } from "../failure/anyFailure.ts"
import { showSeconds } from "../text/number.ts"
import { Screen } from "../screen/screen.ts"
import { json } from "../flags/flags.ts"

const folders = Argument.String("folder").pipe(
  Argument.withDescription("Folders to look in, three levels deep (runs)"),
  Argument.variadic(),
)

/** A run in the few words of a list. */
const listed = (run: RunData) => ({
  folder: run.folder,
  state: run.state,
  update: run.metrics.at(-1)?.update ?? 0,
  updates: updatesOf(run),
  loss: run.metrics.at(-1)?.loss ?? null,
  remainingSeconds: run.state === "running" ? (remainingSeconds(run) ?? null) : null,
  skipped: run.skipped.length,
  started: run.manifest.launches[0]?.started ?? null,
})

const row = ({ folder, state, update, updates, loss, remainingSeconds: left }: ReturnType<typeof listed>) => [
  folder,
  state,
  `${update}/${updates}`,
  loss === null ? "" : loss.toFixed(4),
  left === null ? "" : showSeconds(left),
]

/** `diva runs`: the runs below a folder. */
export const runs = Command.make(
  "runs",
  { folders, json },
  Effect.fn("runs")(function* ({ folders, json: asJson }) {
    const screen = yield* Screen
    const where = folders.length === 0 ? ["runs"] : folders
    const found = (yield* findRuns(where)).map(listed)
    if (asJson) return yield* screen.print(JSON.stringify(found, null, 2))
    if (found.length === 0) return yield* screen.print(`no runs in ${where.join(", ")}`)
    const head = ["run", "state", "updates", "loss", "time left"]
    yield* screen.print(columns([head, ...found.map(row)], ["left", "left", "right", "right", "right"]).join("\n"))
  }, anyFailure),
).pipe(
  Command.withDescription(
    "List the runs below a folder: running, finished, interrupted, failed or killed, with the last loss and the time left for those running.",
  ),
  Command.withShortDescription("List runs"),
  Command.withExamples([
    { command: "diva runs", description: "The runs in runs" },
    {
      command: 'diva runs experiments --json | jq ".[] | select(.state == \\"killed\\")"',
      description: "Which were killed?",
    },
  ]),
)
