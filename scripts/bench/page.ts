import { format } from "prettier"
import type { FullStepLine, Line, MachineLine, SubjectLine } from "./line.ts"
import { linesFor, linesOf, ofDriverFma, resultsOf, self, type Results } from "./results.ts"
import { comparedSection } from "./comparedSection.ts"
import { mark, milliseconds, table } from "./cells.ts"
import { verdicts } from "./targets.ts"

export { linesOf }

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const giga = (rate: number): string => (rate / 1e9).toFixed(1)
const orEmpty = (present: boolean, text: string): string => (present ? text : "–")

const distinct = (results: Results): readonly (readonly [string, string])[] =>
  [...new Set(results.subjects.map(({ subject, shape }) => `${subject} ${shape}`))].map((key) => {
    const [subject = "", shape = ""] = key.split(" ")
    return [subject, shape]
  })

const targetTable = (results: Results): readonly string[] =>
  table(
    ["subject", "target", "measured", ""],
    verdicts(results).map((verdict) => [verdict.subject, verdict.target, verdict.measured, mark(verdict)]),
  )

const ownRow = (results: Results, line: SubjectLine): readonly string[] => {
  const { subject, shape, n, repeats, median, p10, p90, first, flops, bytes, ofFma, ofCopy, others, facts } = line
  const seconds = median / 1000
  return [
    `${subject} ${shape}`,
    milliseconds(median),
    `${milliseconds(p10)}–${milliseconds(p90)}`,
    `${n} × ${repeats}`,
    orEmpty(flops > 0, giga(flops / seconds)),
    orEmpty(flops > 0, percent(ofDriverFma(results, line))),
    orEmpty(flops > 0, percent(ofFma)),
    orEmpty(bytes > 0, giga(bytes / seconds)),
    orEmpty(bytes > 0, percent(ofCopy)),
    milliseconds(first),
    String(facts["dispatches"] ?? "–"),
    percent(others),
  ]
}

const ownTable = (results: Results): readonly string[] =>
  table(
    [
      "subject",
      "median ms",
      "p10–p90",
      "n",
      "GFLOP/s",
      "of FMA",
      "of widest",
      "GB/s",
      "of copy",
      "first ms",
      "dispatches",
      "others",
    ],
    results.subjects.filter(({ by, n }) => by === self && n > 0).map((line) => ownRow(results, line)),
  )

const cell = (line: SubjectLine | undefined): string => {
  if (line === undefined) return "–"
  if (line.n === 0) return "fails"
  return line.ratio === undefined
    ? milliseconds(line.median)
    : `${milliseconds(line.median)} (${line.ratio.toFixed(line.ratio < 10 ? 2 : 0)} ×)`
}

const participantsOf = ({ machines }: Results): readonly string[] => [
  ...new Set(machines.flatMap(({ participants }) => Object.keys(participants))),
]

const peerTable = (results: Results): readonly string[] => {
  const names = participantsOf(results)
  const rows = distinct(results).map(([subject, shape]) => {
    const lines = linesFor(results, subject, shape)
    return [`${subject} ${shape}`, ...names.map((name) => cell(lines.find(({ by }) => by === name)))]
  })
  return table(["subject", ...names], rows)
}

const failures = ({ subjects }: Results): readonly string[] =>
  subjects.flatMap(({ subject, shape, by, why }) =>
    why === undefined ? [] : [`- ${by}, ${subject} ${shape}: ${why.split("\n")[0]!.slice(0, 200)}`],
  )

const participantTable = (results: Results): readonly string[] => {
  const about = Object.assign({}, ...results.machines.map(({ participants }) => participants)) as Record<
    string,
    Readonly<Record<string, string | number>>
  >
  return table(
    ["", "version", "runs on"],
    Object.entries(about).map(([name, { version = "this repository", device = "" }]) => [
      name,
      String(version),
      String(device),
    ]),
  )
}

const ceilingRow = ({ ceilings: { native, fma, copy, probe }, load, participants }: MachineLine): readonly string[] => [
  probe,
  giga(fma),
  Object.entries(native?.fma ?? {})
    .map(([bits, rate]) => `${bits}: ${giga(rate)}`)
    .join(", "),
  giga(copy),
  giga(Number(participants[self]?.["wgslFma"] ?? 0)),
  giga(Number(participants[self]?.["wgslCopy"] ?? 0)),
  `${load.before.toFixed(1)} → ${load.after.toFixed(1)}`,
]

const ceilingTable = ({ machines }: Results): readonly string[] =>
  table(
    ["probe", "FMA GFLOP/s", "by register bits", "copy GB/s", "WGSL FMA", "WGSL copy", "load"],
    machines.map(ceilingRow),
  )

const machineText = ({ machines, runs: [run] }: Results): string => {
  const [first] = machines
  if (first === undefined) return ""
  const { processor, cores, memory, system, node } = first.machine
  const adapter = String(first.participants[self]?.["device"] ?? "unknown adapter")
  return `Measured on ${run?.date ?? "an unknown day"}: ${processor}, ${cores} cores, ${(memory / 2 ** 30).toFixed(0)} GiB, ${system}, Node ${node}, ${adapter}.`
}

const startTable = ({ starts }: Results): readonly string[] =>
  starts.flatMap(({ coldStart, pipelines, dispatches, firstProcess, secondProcess }) => [
    `${coldStart}: ${pipelines} pipelines, ${dispatches} dispatches.`,
    "",
    ...table(
      ["ms", "open", "trace, plan, pipelines", "first run", "all"],
      (
        [
          ["first process", firstProcess],
          ["second process", secondProcess],
        ] as const
      ).map(([name, times]) => [
        name,
        ...[times.opened, times.compiled, times.ran, times.all].map((ms) => ms.toFixed(0)),
      ]),
    ),
  ])

const plannedText = ({ planned }: Results): readonly string[] =>
  planned.map(
    ({ planned, dispatches, pipelines, flops, peakBytes, milliseconds }) =>
      `Planned, not run: ${planned}: ${dispatches} dispatches of ${pipelines} distinct pipelines, ` +
      `${(flops / 1e12).toFixed(2)} TFLOP, predicted peak ${(peakBytes / 2 ** 30).toFixed(2)} GiB, planned in ${(milliseconds / 1000).toFixed(1)} s.`,
  )

const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(2)

const fullStepText = (line: FullStepLine): readonly string[] => {
  const { fullStep, frozen, dispatches, first, seconds, flops, predictedBytes, liveBytes, residentBytes, fma, parts } =
    line
  const rates = (count: number, time: number): readonly string[] => [
    (count / 1e12).toFixed(3),
    time.toFixed(2),
    giga(count / time),
    orEmpty(fma > 0, percent(count / time / fma)),
  ]
  return [
    `${fullStep}, frozen weights in ${frozen}: ${dispatches} dispatches, first run ${first.toFixed(0)} s. Peak predicted before running ` +
      `${gibibytes(predictedBytes)} GiB, held by the device ${gibibytes(liveBytes)} GiB; the whole process, adapter included, ` +
      `${gibibytes(residentBytes)} GiB. Losses of the two draws: ${line.losses.map((loss) => loss.toFixed(6)).join(", ")}.`,
    "",
    ...table(
      ["", "TFLOP", "seconds", "GFLOP/s", "of FMA at 256 bits"],
      [
        ["**whole micro-step**", ...rates(flops, seconds)],
        ...parts.map((part) => [part.part, ...rates(part.flops, part.seconds)]),
      ],
    ),
    "",
  ]
}

const fullStepSection = ({ fullSteps }: Results): readonly string[] =>
  fullSteps.length === 0
    ? []
    : [
        "## A micro-step of full size",
        "",
        "One image, both inner draws, warm, by `npm run bench -- fullStep`; parts are programs by themselves, and those with a backward",
        "pass include the forward one. FLOPs are those of the definition, what is recomputed not counted.",
        "",
        ...fullSteps.flatMap(fullStepText),
      ]

const usage = `\`npm run bench\` measures this library alone; words select files or subjects (\`npm run bench -- matmul\`), \`--peers\`
adds other libraries, installed from their own lock file in packages/tensor/bench/peers, and PyTorch where
\`DIVA_PYTHON\` (or python3) has it; \`--against FOLDER\` adds another checkout of this repository, say of the commit before
a change; \`--record DATE\` writes this page.`

const explanation = `Every figure is the median of \`n\` turns (each of so many runs). Participants run in processes of their own and take
turns within each round, so that noise hits all alike; WebGPU peers wait as this library does (sleeping between polls).
Every operand is an argument: what a library does to it first (staging, transforming weights) counts in every run.
Operands lie where each library computes, except for onnxruntime-node, whose operands are host memory. Shares are of this
machine's ceilings as a native probe measured them in the same run, before and after, the better of the two: independent
multiply-adds on all cores, and copying 256 MiB. Targets are shares of what multiply-adds in registers of 256 bits reach,
as wide as the adapter's driver computes in; where the processor has wider registers, the share of what those reach stands
beside. FLOPs and bytes are those of the definition: Winograd is credited with direct convolution's, gradients with twice the forward's, recomputing with nothing,
fused subjects (norms and softmax with their neighbours) with what their parts would move one by one.`

/** docs/benchmarks.md from a run's lines. */
export const benchmarksPage = (lines: readonly Line[]): Promise<string> => {
  const results = resultsOf(lines)
  const failed = failures(results)
  const text = [
    "# Benchmarks",
    "",
    "Generated from docs/benchmarks.jsonl; do not edit. Recorded by, where a later command replaces what it measured:",
    "",
    ...results.runs.map(({ date, command }) => `- ${date}: \`${command}\``),
    "",
    machineText(results),
    "",
    explanation,
    "",
    usage,
    "",
    "## Ceilings",
    "",
    "One row per family of subjects. Load is the average number of processes that wanted a core in the minute before and",
    "in the last one, this benchmark's own among them; what others took of the cores stands with each subject below.",
    "",
    ...ceilingTable(results),
    "",
    "## Targets",
    "",
    ...targetTable(results),
    "",
    "## This library",
    "",
    "Others: the share of all cores that foreign processes used meanwhile; above a tenth, figures of the row are too slow.",
    "",
    ...ownTable(results),
    "",
    "## Everybody",
    "",
    "Median ms; in brackets how many times as long as this library takes.",
    "",
    ...peerTable(results),
    "",
    ...(failed.length === 0 ? [] : ["Not run:", "", ...failed, ""]),
    ...participantTable(results),
    "",
    ...comparedSection(results),
    ...fullStepSection(results),
    "## Cold start",
    "",
    ...startTable(results),
    "",
    ...plannedText(results),
    "",
  ].join("\n")
  return format(text, { parser: "markdown" })
}
