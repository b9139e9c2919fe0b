import {
  alignmentVectors,
  compareMmvp,
  dataPlaces,
  driftOf,
  embedImages,
  Gpu,
  imagesOfPage,
  isThere,
  mmvpOf,
  mmvpPage,
  mmvpResultFile,
  openMmvp,
  readMmvpReport,
  sharedImages,
  withClip,
  writeText,
  type AlignmentVectors,
  type Drift,
  type MmvpData,
  type MmvpReport,
  type Scoring,
} from "@diva/diva"
import { Data, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { evaluationEvents } from "../../eval/evaluationSink.ts"
import { anyFailure } from "../../failure/anyFailure.ts"
import { renderComparison } from "../../render/eval/comparison.ts"
import { styleFor } from "../../text/style.ts"
import { machine } from "../../machine/machine.ts"
import { Screen } from "../../screen/screen.ts"
import { dryRunFlag, json } from "../../flags/flags.ts"
import { htmlFlag, mmvpFlags } from "./mmvp.ts"
import { featureFlags, featuresOf, modelFlags, modelOf, weightsArgument } from "./modelFlags.ts"

/** Weights are to be compared, and it was not said on which pairs. */
export class NothingToCompareOn extends Data.TaggedError("NothingToCompareOn")<{
  readonly rule: string
  readonly remedy: string
}> {}

const compared =
  "CLIP weights in any container, a run's folder, one of its checkpoints, or what diva eval mmvp --out wrote"

const flags = {
  data: Flag.String("data").pipe(
    Flag.withDescription(
      `Folder of MMVP-VLM, unless both are results of diva eval mmvp (${dataPlaces().mmvp}, where diva fetch --mmvp puts it)`,
    ),
    Flag.optional,
  ),
  html: htmlFlag,
  ...mmvpFlags,
  ...modelFlags,
  ...featureFlags,
  dryRun: dryRunFlag("Report what each of the two is, and stop"),
  json,
} as const

type Input = Parameters<typeof modelOf>[1] &
  Parameters<typeof featuresOf>[0] & {
    readonly scoring: Scoring
    readonly draws: number
    readonly seed: number
    readonly category: "order" | "type"
  }

/** One side of a comparison: its scores, and its vectors where it was computed just now. */
interface Side {
  readonly report: MmvpReport
  readonly vectors: AlignmentVectors | undefined
}

const score = Effect.fnUntraced(function* (path: string, data: MmvpData | undefined, input: Input) {
  const file = yield* mmvpResultFile(path)
  if (file !== undefined) {
    const side: Side = { report: yield* readMmvpReport(file), vectors: undefined }
    return side
  }
  if (data === undefined)
    return yield* new NothingToCompareOn({
      rule: `${path} is not a result, so it has to be scored, and no data was given to score it on`,
      remedy: "give --data MMVP_VLM, fetch it (diva fetch --mmvp), or name a result of diva eval mmvp --out",
    })
  const model = yield* modelOf(path, input)
  const { scoring, draws, seed, category } = input
  const program = Effect.gen(function* () {
    const report = yield* mmvpOf(model, { data, categoryRule: category, scoring, draws, seed })
    const side: Side = { report, vectors: yield* alignmentVectors(data) }
    return side
  })
  return yield* withClip(model, featuresOf(input))(program)
}, Effect.scoped)

const driftBetween = (before: Side, after: Side): Drift | undefined => {
  if (before.vectors === undefined || after.vectors === undefined) return undefined
  if (before.vectors.width !== after.vectors.width) return undefined
  const [a, b] = sharedImages(before.vectors, after.vectors)
  return driftOf({ images: a, texts: before.vectors.texts }, { images: b, texts: after.vectors.texts })
}

const fetchedMmvp: Effect.Effect<string | undefined> = Effect.map(isThere(dataPlaces().mmvp), (is) =>
  is ? dataPlaces().mmvp : undefined,
)

const isResult = (path: string): Effect.Effect<boolean> =>
  Effect.map(mmvpResultFile(path), (file) => file !== undefined)

const kindOf = (path: string): Effect.Effect<string> =>
  Effect.map(isResult(path), (is) => (is ? "a result" : "weights, to be scored"))

/** `diva eval compare`: is one model better at MMVP's pairs than another, as far as the pairs can tell? */
export const compare = Command.make(
  "compare",
  { a: weightsArgument("before", compared), b: weightsArgument("after", compared), ...flags },
  Effect.fn("compare")(function* (input) {
    const screen = yield* Screen
    const [before, after] = [yield* kindOf(input.a), yield* kindOf(input.b)]
    if (input.dryRun)
      return yield* screen.print(
        input.json ? JSON.stringify({ before, after }) : `${input.a}  ${before}\n${input.b}  ${after}`,
      )
    const folder = Option.getOrUndefined(input.data) ?? (yield* fetchedMmvp)
    const data = folder === undefined ? undefined : yield* openMmvp(folder, input.category)
    const needsAdapter = !((yield* isResult(input.a)) && (yield* isResult(input.b)))
    const both = Effect.all([score(input.a, data, input), score(input.b, data, input)])
    const adapter = needsAdapter && data !== undefined ? machine(input.json) : Gpu.layerInterpreter
    const [first, second] = yield* both.pipe(Effect.provide(adapter), Effect.provide(evaluationEvents(input.json)))
    const comparisons = compareMmvp(first.report, second.report)
    const drift = driftBetween(first, second)
    const compared = {
      before: first.report.subject,
      after: second.report.subject,
      comparisons,
      ...(drift === undefined ? {} : { drift }),
    }
    if (Option.isSome(input.html)) {
      const images = yield* embedImages(imagesOfPage(first.report, second.report))
      const page = { before: first.report, after: second.report, images, ...(drift === undefined ? {} : { drift }) }
      yield* writeText(input.html.value, mmvpPage(page))
    }
    yield* screen.print(
      input.json ? JSON.stringify(compared) : renderComparison(compared, styleFor(screen.isColourful)),
    )
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Compare two CLIPs (weights, runs, or results of diva eval mmvp) on the same pairs: difference with a 95 % bootstrap " +
      "interval over pairs, exact McNemar test, which pairs were gained and lost, and a verdict that respects the interval. For " +
      "weights also how far images moved away from the texts they were aligned with.",
  ),
  Command.withShortDescription("Compare two CLIPs pair by pair"),
  Command.withExamples([
    { command: "diva eval compare ViT-L-14.pt runs/mine --data MMVP_VLM", description: "Did training help?" },
    {
      command: "diva eval compare ViT-L-14.pt runs/mine --data MMVP_VLM --html report.html",
      description: "The same as an HTML page with the pairs whose answer changed",
    },
    { command: "diva eval compare scores/before scores/after", description: "Compare two results" },
  ]),
)
