import { readRun, serveReport } from "@diva/diva"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { anyFailure } from "../failure/anyFailure.ts"
import { Screen } from "../screen/screen.ts"

const runs = Argument.String("run").pipe(
  Argument.withDescription("Folders of runs; several share one page"),
  Argument.variadic({ min: 1 }),
)

const port = Flag.Int("port").pipe(
  Flag.withDescription("Port on this machine; 0: any that is free (6011)"),
  Flag.filter(
    (value) => value >= 0 && value < 65_536,
    (value) => `${value} is not a port`,
  ),
  Flag.withDefault(6011),
)

/** `diva watch`: the report of runs, kept up to date while they run. */
export const watch = Command.make(
  "watch",
  { runs, port },
  Effect.fn("watch")(
    function* ({ runs: folders, port }) {
      const screen = yield* Screen
      yield* Effect.forEach(folders, readRun)
      const address = yield* serveReport(folders, port)
      yield* screen.print(`${address} shows ${folders.join(", ")}; Ctrl-C ends it`)
      return yield* Effect.never
    },
    Effect.scoped,
    anyFailure,
  ),
).pipe(
  Command.withDescription(
    "Serve the report of runs on this machine alone (127.0.0.1), kept up to date while they run.",
  ),
  Command.withShortDescription("Watch runs in a browser"),
  Command.withExamples([{ command: "diva watch runs/train", description: "Watch a run" }]),
)
