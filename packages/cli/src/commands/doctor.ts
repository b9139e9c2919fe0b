import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { examine } from "../doctor/examine.ts"
import { unusable, verdictOf } from "../doctor/verdict.ts"
import { examinationData, renderExamination } from "../doctor/doctorReport.ts"
import { styleFor } from "../text/style.ts"
import { sayBegun } from "../screen/sayBegun.ts"
import { Screen } from "../screen/screen.ts"
import { json } from "../flags/flags.ts"

const again = Flag.Boolean("again").pipe(
  Flag.withDescription("Run the self-tests of features again instead of using remembered results"),
  Flag.withDefault(false),
)

/** `diva doctor`: can this machine run everything, and if not, what to do. */
export const doctor = Command.make(
  "doctor",
  { again, json },
  Effect.fn("doctor")(function* (input) {
    const screen = yield* Screen
    yield* sayBegun("running kernels on the adapter …", input.json)
    const examination = yield* examine(input.again, input.json)
    yield* screen.print(
      input.json
        ? JSON.stringify(examinationData(examination), null, 2)
        : renderExamination(examination, styleFor(screen.isColourful)),
    )
    if (verdictOf(examination) === "unusable") yield* unusable(examination)
  }),
).pipe(
  Command.withDescription(
    "Check Node, packages, WebGPU adapter, driver, features and limits, run real kernels on the adapter, and say " +
      "whether it is usable; every failed probe comes with a remedy. Fails if the machine is unusable.",
  ),
  Command.withShortDescription("See whether this machine can run everything"),
  Command.withExamples([
    { command: "diva doctor", description: "Check this machine" },
    {
      command: "diva doctor --again",
      description: "Test f16, subgroups and matrix units again, after a driver update",
    },
    { command: "diva doctor --json > doctor.json", description: "Keep the report for an issue" },
    { command: "diva doctor --json | jq -r .verdict", description: "Ask for the verdict in a script" },
  ]),
)
