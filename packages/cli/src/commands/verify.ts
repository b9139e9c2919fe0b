import { Gpu } from "@diva/diva"
import {
  builtInCases,
  CaseInvalid,
  chooseCases,
  countOutcomes,
  findCases,
  isVerified,
  kindOf,
  verifyFolder,
  type VerifyReport,
} from "@diva/diva/verify"
import { type Precision, agreeing, counted, precisions, columns } from "@diva/tensor"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { NothingVerified, VerificationFailed } from "../failure/cliError.ts"
import { renderCase, renderVerdict } from "../render/verifyReport.ts"
import { reportData } from "../render/verifyData.ts"
import { progressLine } from "../screen/progressLine.ts"
import { styleFor } from "../text/style.ts"
import { machine } from "../machine/machine.ts"
import { sayBegun } from "../screen/sayBegun.ts"
import { Screen } from "../screen/screen.ts"
import { dryRunFlag, json } from "../flags/flags.ts"

const folder = Argument.Path("dir").pipe(
  Argument.withDescription("Folder of cases, or one case; the built-in cases if none is named"),
  Argument.optional,
)

const cases = Argument.String("case").pipe(
  Argument.withDescription("Cases of the folder to run, by name; all by default"),
  Argument.variadic(),
)

const reference = Flag.Boolean("reference").pipe(
  Flag.withDescription("Compute with the ops' reference loops on the CPU instead of on the adapter (slow)"),
  Flag.withDefault(false),
)

const precision = Flag.Literals("precision", precisions).pipe(
  Flag.withDescription("How exactly the adapter multiplies; at medium (f16 operands) models may be off by 2 %"),
  Flag.withDefault("highest" as const),
)

const dryRun = dryRunFlag("List the cases and their kinds without computing them")

const list = Effect.fnUntraced(function* (root: string, names: readonly string[], asJson: boolean) {
  const screen = yield* Screen
  const found = yield* chooseCases(root, yield* findCases(root), names)
  const rows = found.map(({ name, document }) => {
    const kind = document instanceof CaseInvalid ? undefined : kindOf(document)
    return { name, kind: kind?.name ?? "unknown", supported: kind !== undefined && "run" in kind }
  })
  const lines = columns(
    rows.map(({ name, kind, supported }) => [name, kind, supported ? "would be computed" : "not yet supported"]),
    ["left", "left", "left"],
  )
  yield* screen.print(asJson ? JSON.stringify({ folder: root, cases: rows }, null, 2) : lines.join("\n"))
})

const failure = ({ folder, cases }: VerifyReport) => {
  const { passed, failed, error } = countOutcomes(cases)
  if (failed + error === 0)
    return new NothingVerified({
      folder,
      rule: cases.length === 0 ? "the folder holds no case" : "no case of the folder is supported by this version",
      remedy: "name a folder in the format of docs/verify.md, or none for the built-in cases",
    })
  return new VerificationFailed({
    folder,
    rule: `${failed} of ${counted(passed + failed + error, "case")} ${agreeing(failed, "lies", "lie")} outside the allowed error, ${error} could not be computed`,
    remedy:
      "run diva doctor, and diva verify --reference, which computes the same cases on the CPU: " +
      "if they pass there, the adapter or its driver is at fault; if not, the folder is",
  })
}

/** Fails unless every supported case passed and there was one. Errors: `VerificationFailed`, `NothingVerified`. */
const requireVerified = (report: VerifyReport): Effect.Effect<void, VerificationFailed | NothingVerified> =>
  isVerified(report.cases) ? Effect.void : Effect.fail(failure(report))

const compute = Effect.fnUntraced(function* (
  root: string,
  names: readonly string[],
  asJson: boolean,
  precision: Precision,
) {
  const screen = yield* Screen
  const style = styleFor(screen.isColourful)
  const progress = yield* progressLine(asJson)
  yield* sayBegun(`computing the cases of ${root} …`, asJson)
  const report = yield* verifyFolder({
    folder: root,
    cases: names,
    precision,
    onBegin: (label, done, total) => progress.show({ done, total, label }),
    onCase: (result) => (asJson ? Effect.void : screen.print(renderCase(result, style))),
  })
  yield* progress.clear
  yield* screen.print(asJson ? JSON.stringify(reportData(report), null, 2) : `\n${renderVerdict(report, style)}`)
  yield* requireVerified(report)
})

/** `diva verify`: does this machine's adapter compute what the reference implementation computes? */
export const verify = Command.make("verify", { folder, cases, reference, precision, dryRun, json }, (input) => {
  const root = Option.getOrElse(input.folder, () => builtInCases)
  if (input.dryRun) return list(root, input.cases, input.json)
  const adapter = input.reference ? Gpu.layerInterpreter : machine(input.json, { precision: input.precision })
  return Effect.provide(compute(root, input.cases, input.json, input.precision), adapter)
}).pipe(
  Command.withDescription(
    "Compute stored cases on this machine's adapter and compare them with the reference implementation's numbers. " +
      "Prints measured and allowed error per case and group of tensors; fails if any case does.",
  ),
  Command.withShortDescription("Check that the adapter computes correctly"),
  Command.withExamples([
    { command: "diva verify", description: "Run the built-in cases" },
    { command: "diva verify cases/", description: "Run every case of a folder" },
    { command: "diva verify cases/ 02d_unet 05_schedules", description: "Run two of them" },
    { command: "diva verify --precision high", description: "Run them at the precision of a training run" },
    { command: "diva verify --json | jq .counts", description: "Count outcomes in a script" },
    { command: "diva verify --reference", description: "Compute on the CPU, to tell a wrong adapter from wrong cases" },
  ]),
)
