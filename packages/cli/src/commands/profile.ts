import {
  chromeTrace,
  profile as measure,
  profilePicture,
  showPlan,
  showProfile,
  type Profile,
} from "@diva/tensor/profile"
import { doing, doingBetween, writeText } from "@diva/diva"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { device } from "../machine/adapter.ts"
import { deviceTelling } from "../machine/machine.ts"
import { anyFailure } from "../failure/anyFailure.ts"
import { countingRuns } from "../programs/countingRuns.ts"
import { parseProgram, programHelp } from "../programs/parseProgram.ts"
import type { BuiltProgram } from "../programs/program.ts"
import { sampleArguments } from "../programs/sampleArguments.ts"
import { profileData } from "../render/profileReport.ts"
import { sayBegun } from "../screen/sayBegun.ts"
import { Screen } from "../screen/screen.ts"
import { dryRunFlag, json } from "../flags/flags.ts"

const program = Argument.String("program").pipe(
  Argument.withDescription(`What to profile, by name and sizes: ${programHelp()}`),
  Argument.withDefault("micro-step"),
)

const runs = Flag.Int("runs").pipe(Flag.withDescription("Measured runs (5)"), Flag.withDefault(5))

const kernels = Flag.Int("kernels").pipe(
  Flag.withDescription("How many kernels to list at most (25)"),
  Flag.withDefault(25),
)

const fileFlag = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)

const trace = fileFlag("trace", "File for a Chrome trace: chrome://tracing, Perfetto and Speedscope show it")
const svg = fileFlag("svg", "File for a picture of time by family and kernel")

const dryRun = dryRunFlag("Print the plan (steps, fusion, memory) and stop before compiling")

const save = (file: Option.Option<string>, text: () => string) =>
  Option.match(file, {
    onNone: () => Effect.void,
    onSome: (path) => writeText(path, text()),
  })

const optionsOf = ({ name, donate = [], frozen = [] }: BuiltProgram) => ({ name, donate, frozen })

const plan = Effect.fnUntraced(function* (built: BuiltProgram, asJson: boolean) {
  const screen = yield* Screen
  const opened = yield* device
  yield* sayBegun(`planning ${built.name} …`, asJson)
  const planned = opened.planOf(built.describe, built.specs as never, optionsOf(built))
  const { values: _values, ...data } = planned
  const steps = data.steps.map(({ wgsl: _wgsl, ...step }) => step)
  yield* screen.print(asJson ? JSON.stringify({ ...data, steps }, null, 2) : showPlan(planned))
})

const tried = <A>(work: () => Promise<A>) => Effect.tryPromise({ try: work, catch: (error) => error })

const measured = Effect.fnUntraced(function* (built: BuiltProgram, count: number, asJson: boolean) {
  const screen = yield* Screen
  const opened = yield* deviceTelling(asJson)
  yield* sayBegun(`planning ${built.name} …`, asJson)
  const compiled = yield* Effect.acquireRelease(
    tried(() => opened.compile(built.describe, built.specs as never, optionsOf(built))),
    ({ dispose }) => Effect.sync(dispose),
  )
  yield* doing("measuring what the adapter can reach")
  yield* tried(() => opened.ceilings())
  const say = yield* doingBetween
  const counting = countingRuns(compiled, (run) => say(`runs of ${built.name}, the first to warm up`, run, count + 1))
  const found = yield* tried(() =>
    measure(opened, counting, opened.put(sampleArguments(built.specs)) as never, { runs: count }),
  )
  yield* screen.status("")
  return found
})

/** `diva profile`: where a program's time goes on this machine's adapter. */
export const profile = Command.make(
  "profile",
  { program, runs, kernels, trace, svg, dryRun, json },
  Effect.fn("profile")(function* (input) {
    const screen = yield* Screen
    const built = yield* parseProgram("diva profile", input.program)
    if (input.dryRun) return yield* Effect.scoped(plan(built, input.json))
    const found: Profile = yield* Effect.scoped(measured(built, Math.max(1, input.runs), input.json))
    yield* save(input.trace, () => JSON.stringify(chromeTrace(found)))
    yield* save(input.svg, () => profilePicture(found))
    yield* screen.print(
      input.json ? JSON.stringify(profileData(found), null, 2) : showProfile(found, { kernels: input.kernels }),
    )
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Run a program on this machine's adapter and print time, FLOPs and bytes of each kernel, with shares of the adapter's " +
      "measured multiply-add and copy rates, and the way each was computed.",
  ),
  Command.withShortDescription("See where a program's time goes"),
  Command.withExamples([
    { command: "diva profile", description: "Profile a micro-step of the demonstration: 16 images, two draws each" },
    {
      command: "diva profile block:257x1024x16 --svg block.svg",
      description: "Draw a block of ViT-L, forward and backward",
    },
    { command: "diva profile matmul:1024x1024x1024 --json", description: "One product, as data" },
    {
      command: "diva profile micro-step --dry-run",
      description: "Print the plan: what was fused, what was not and why, memory",
    },
  ]),
)
