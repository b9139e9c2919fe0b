import {
  type CompileProgress,
  type PlanFor,
  type TuningCache,
  adapterKey,
  counted,
  emptyCache,
  entriesFor,
  openDevice,
} from "@diva/tensor"
import {
  type TuneProgress,
  type TuningReport,
  cacheOfReport,
  deviceMeasurer,
  mergeProblems,
  showTuning,
  tunePrograms,
  tuningProblems,
} from "@diva/tensor/tune"
import { readTuning, tuningPath, writeTuning } from "@diva/tensor/tuning-file"
import { writeFailure } from "@diva/models"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { device } from "../machine/adapter.ts"
import { compilingTold } from "../machine/machine.ts"
import { anyFailure } from "../failure/anyFailure.ts"
import { parseProgram, programHelp } from "../programs/parseProgram.ts"
import type { BuiltProgram } from "../programs/program.ts"
import { progressLine } from "../screen/progressLine.ts"
import { decidedLine, renderProblems, renderWarning } from "../render/tuneReport.ts"
import { sayBegun } from "../screen/sayBegun.ts"
import { Screen } from "../screen/screen.ts"
import { dryRunFlag, json } from "../flags/flags.ts"

const programs = Argument.String("program").pipe(
  Argument.withDescription(`Programs whose kernels are tuned; micro-step and block by default. ${programHelp()}`),
  Argument.variadic(),
)

const standard = ["micro-step", "block"]

const seconds = Flag.Int("seconds").pipe(
  Flag.withDescription("Time for all decisions together (120); those with the most work come first"),
  Flag.withDefault(120),
)

const out = Flag.String("out").pipe(
  Flag.withDescription("File that holds decisions; the user's cache by default, which every command reads"),
  Flag.optional,
)

const name = Flag.String("adapter").pipe(
  Flag.withDescription(
    "Adapter name to keep decisions under, instead of this adapter's own; a * at its end matches any ending",
  ),
  Flag.optional,
)

const again = Flag.Boolean("again").pipe(
  Flag.withDescription("Also measure what the file already decides"),
  Flag.withDefault(false),
)

const dryRun = dryRunFlag("List the decisions and how many candidates each has, without measuring")

interface Adapter {
  readonly key: string
  readonly limits: PlanFor
}

const thisAdapter = Effect.map(device, ({ info, planning }): Adapter => ({
  key: adapterKey(info),
  limits: planning,
}))

/** Programs are planned for it, which takes seconds. */
const listing = "listing what there is to decide …"

const list = Effect.fnUntraced(function* (built: readonly BuiltProgram[], { limits }: Adapter, asJson: boolean) {
  const screen = yield* Screen
  yield* sayBegun(listing, asJson)
  const problems = mergeProblems(built.flatMap((program) => tuningProblems(program, limits)))
  const data = problems.map(({ key, uses, flops, decision }) => ({ key, uses, flops, candidates: decision.candidates }))
  yield* screen.print(asJson ? JSON.stringify({ problems: data }, null, 2) : renderProblems(problems))
})

const measurer = (onCompiling: (progress: CompileProgress) => void) =>
  Effect.acquireRelease(
    Effect.sync(() => deviceMeasurer(() => openDevice({ shippedTuning: false, onCompiling }))),
    (opened) => Effect.promise(() => opened.close()),
  )

/** Until the first decision there is no progress but kernels that are compiled. */
const untilDecided = (tell: (progress: CompileProgress) => void) => {
  let decided = false
  return {
    compiling: (progress: CompileProgress): void => {
      if (!decided) tell(progress)
    },
    decided: (): void => void (decided = true),
  }
}

interface Request {
  readonly built: readonly BuiltProgram[]
  readonly adapter: Adapter
  readonly file: string
  readonly seconds: number
  readonly known: ReadonlySet<string>
  readonly asJson: boolean
}

/** Writes to the file; one that cannot be written is known before anything is measured. */
const keep = (cache: TuningCache, file: string) =>
  Effect.try({ try: () => writeTuning(cache, file), catch: (cause) => writeFailure(file, cause) })

/** Decisions are written as they are taken, so that stopping loses nothing. */
const decide = Effect.fnUntraced(function* ({
  built,
  adapter: { key, limits },
  file,
  seconds,
  known,
  asJson,
}: Request) {
  const progress = yield* progressLine(asJson)
  yield* keep(emptyCache, file)
  const first = untilDecided(compilingTold(yield* Screen, asJson))
  const using = yield* measurer(first.compiling)
  yield* sayBegun(listing, asJson)
  const begin = using.now()
  const show = ({ done, total, decided }: TuneProgress): void => {
    first.decided()
    Effect.runSync(keep(cacheOfReport({ adapter: key, decided: [decided] }), file))
    Effect.runSync(
      progress.show({
        done,
        total,
        label: decidedLine(decided),
        remaining: Math.max(0, begin + seconds - using.now()),
      }),
    )
  }
  const report: TuningReport = yield* Effect.tryPromise({
    try: () => tunePrograms(built, limits, key, using, { seconds, known, onDecided: show }),
    catch: (cause) => cause,
  })
  yield* progress.clear
  return report
})

/** `diva tune`: measure ahead which kernels are fastest on this machine's adapter. */
export const tune = Command.make(
  "tune",
  { programs, seconds, out, adapter: name, again, dryRun, json },
  Effect.fn("tune")(function* (input) {
    const screen = yield* Screen
    const names = input.programs.length === 0 ? standard : input.programs
    const built = yield* Effect.forEach(names, (name) => parseProgram("diva tune", name))
    const found = yield* Effect.scoped(thisAdapter)
    if (input.dryRun) return yield* list(built, found, input.json)
    const file = Option.getOrElse(input.out, () => tuningPath())
    const { cache, warnings } = readTuning(file)
    // Opening the adapter has told what is wrong with the usual file.
    if (file !== tuningPath()) for (const warning of warnings) yield* screen.note(renderWarning(warning))
    const known = new Set(input.again ? [] : entriesFor(cache, found.key).keys())
    const adapter = { ...found, key: Option.getOrElse(input.adapter, () => found.key) }
    const report = yield* Effect.scoped(
      decide({ built, adapter, file, seconds: input.seconds, known, asJson: input.json }),
    )
    yield* screen.print(
      input.json
        ? JSON.stringify({ ...report, file, known: known.size }, null, 2)
        : `${showTuning(report)}\n${counted(known.size, "was", "were")} decided before; ${file} holds them all`,
    )
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Measure the ways to compute each kernel of the programs on this machine's adapter, within a time budget, and keep the " +
      "winners with all measurements in a readable file. A candidate that fails, gives wrong results or does not " +
      "answer loses. Later runs plan with this file.",
  ),
  Command.withShortDescription("Measure which kernels are fastest here"),
  Command.withExamples([
    { command: "diva tune", description: "Tune for a micro-step and a transformer block in two minutes" },
    { command: "diva tune block:257x1024x16 --seconds 600", description: "Tune for one program, with more time" },
    { command: "diva tune matmul:1024x1024x1024 --dry-run", description: "List what there is to decide" },
    { command: "diva tune --again --json > tuning-report.json", description: "Measure everything again, as data" },
  ]),
)
