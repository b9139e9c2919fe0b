import { bestPeer, ofDriverFma, ownLine, type Results } from "./results.ts"
import type { SubjectLine } from "./line.ts"

/** A promise of the project, beside what a run showed. */
export interface Verdict {
  readonly subject: string
  readonly target: string
  readonly measured: string
  /** Undefined where the run did not measure it, or its turns do not agree. */
  readonly reached: boolean | undefined
}

type Judge = (results: Results) => Verdict

const unmeasured = (subject: string, target: string): Verdict => ({
  subject,
  target,
  measured: "not measured",
  reached: undefined,
})

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const times = (ratio: number): string => `${ratio.toFixed(1)} ×`

const ofFma =
  (subject: string, shape: string, least: number): Judge =>
  (results) => {
    const target = `≥ ${percent(least)} of FMA`
    const own = ownLine(results, subject, shape)
    if (own === undefined) return unmeasured(`${subject} ${shape}`, target)
    const share = ofDriverFma(results, own)
    const widest = share === own.ofFma ? "" : ` (${percent(own.ofFma)} of wider registers)`
    return { subject: `${subject} ${shape}`, target, measured: `${percent(share)}${widest}`, reached: share >= least }
  }

const faster =
  (subject: string, shape: string, least: number, whom: string, among: (line: SubjectLine) => boolean): Judge =>
  (results) => {
    const target = `≥ ${least} × ${whom}`
    const own = ownLine(results, subject, shape)
    const peer = bestPeer(results, subject, shape, among)
    if (own === undefined || peer === undefined) return unmeasured(`${subject} ${shape}`, target)
    const ratio = peer.median / own.median
    return {
      subject: `${subject} ${shape}`,
      target,
      measured: `${times(ratio)} (${peer.by})`,
      reached: ratio >= least,
    }
  }

const isWebGpu = ({ kind }: SubjectLine): boolean => kind === "webgpu"

const fasterThanWebGpu = (subject: string, shape: string, least: number): Judge =>
  faster(subject, shape, least, "the best WebGPU peer", isWebGpu)

/** How much longer one subject takes than another, of which it may contain the work. */
const within =
  (subject: string, reference: string, shape: string, most: number, contains: boolean): Judge =>
  (results) => {
    const target = `${contains ? "backward alone " : ""}≤ ${most} × ${reference}`
    const own = ownLine(results, subject, shape)
    const base = ownLine(results, reference, shape)
    if (own === undefined || base === undefined) return unmeasured(`${subject} ${shape}`, target)
    const ratio = (own.median - (contains ? base.median : 0)) / base.median
    return { subject: `${subject} ${shape}`, target, measured: times(ratio), reached: ratio <= most }
  }

/** Bytes that the definition moves, per second. */
const moves =
  (subject: string, shape: string, least: number): Judge =>
  (results) => {
    const target = `> ${least} GB/s`
    const own = ownLine(results, subject, shape)
    if (own === undefined) return unmeasured(`${subject} ${shape}`, target)
    const rate = own.bytes / (own.median / 1000) / 1e9
    return { subject: `${subject} ${shape}`, target, measured: `${rate.toFixed(1)} GB/s`, reached: rate > least }
  }

const fact =
  (
    subject: string,
    shape: string,
    name: string,
    target: string,
    most: number,
    show: (value: number) => string,
  ): Judge =>
  (results) => {
    const value = ownLine(results, subject, shape)?.facts[name]
    if (value === undefined) return unmeasured(`warm ${subject} ${shape}`, target)
    return { subject: `warm ${subject} ${shape}`, target, measured: show(value), reached: value <= most }
  }

const fewPipelines: Judge = ({ planned: [full] }) => {
  const target = "≤ 150 distinct pipelines"
  if (full === undefined) return unmeasured("full-size micro-step", target)
  return { subject: full.planned, target, measured: String(full.pipelines), reached: full.pipelines <= 150 }
}

/** Compiling shows as a first run far longer than a warm one. */
const secondStart: Judge = (results) => {
  const target = "second process compiles nothing: its first run ≤ 3 × a warm run"
  const [start] = results.starts
  const warm = ownLine(results, "microStep", "2")
  if (start === undefined || warm === undefined) return unmeasured("cold start", target)
  const ratio = start.secondProcess.ran / warm.median
  return {
    subject: "cold start of microStep",
    target,
    measured: `${times(ratio)} (first process ${times(start.firstProcess.ran / warm.median)})`,
    reached: ratio <= 3,
  }
}

const matmuls = [
  ["1024×1024×1024", 0.32],
  ["257×1024×1024", 0.26],
  ["4096×320×320", 0.28],
] as const

const convolutions = [
  ["320×64", 0.55],
  ["640×32", 0.55],
  ["1280×16", 0.4],
] as const

const longAttention = "5×4096×64"
const block = "257×1024×16×4096"

const judges: readonly Judge[] = [
  ...matmuls.flatMap(([shape, least]) => [ofFma("matmul", shape, least), fasterThanWebGpu("matmul", shape, 8)]),
  ...convolutions.flatMap(([shape, least]) => [
    ofFma("convolution", shape, least),
    fasterThanWebGpu("convolution", shape, 14),
    within("convolutionInput", "convolution", shape, 1.3, false),
    ofFma("convolutionWeight", shape, 0.28),
  ]),
  ofFma("attention", longAttention, 0.2),
  fasterThanWebGpu("attention", longAttention, 8),
  within("attentionGradient", "attention", longAttention, 3.5, true),
  fasterThanWebGpu("blockGradient", block, 10),
  faster("blockGradient", block, 5, "jax-js Wasm", ({ by }) => by === "jax-js Wasm"),
  moves("layerNorm", "4112×1024", 6.3),
  moves("layerNormFused", "4112×1024", 12.6),
  moves("groupNorm", "320×64×32", 8.7),
  moves("groupNormFused", "320×64×32", 17.4),
  moves("softmax", "4096×4096", 6.9),
  moves("softmaxFused", "4096×4096", 13.8),
  fact("microStep", "2", "createdWhileWarm", "creates nothing", 0, (count) => `${count} objects`),
  fact("microStep", "2", "microsecondsPerDispatch", "≤ 10 µs per dispatch", 10, (us) => `${us.toFixed(1)} µs`),
  fact("microStep", "2", "shareOfCoreWhileWaiting", "waiting takes ≤ 10 % of a core", 0.1, percent),
  fewPipelines,
  secondStart,
]

/** Nothing that is fast gets slower. */
const mostOfEarlier = 1.03

/** Decided where all turns agree: one that some turns find slower and others do not is within what the machine's noise makes. */
const notSlower = ({ subject, shape, by, paired }: SubjectLine): readonly Verdict[] => {
  if (paired === undefined) return []
  const [ratio, least, most] = [1 / paired.median, 1 / paired.high, 1 / paired.low]
  return [
    {
      subject: `${subject} ${shape}`,
      target: `≤ ${mostOfEarlier} × ${by}`,
      measured: `${ratio.toFixed(2)} × (turns ${least.toFixed(2)} to ${most.toFixed(2)})`,
      reached: ratio <= mostOfEarlier ? true : least > mostOfEarlier ? false : undefined,
    },
  ]
}

/** Every promise that has a number. */
export const verdicts = (results: Results): readonly Verdict[] => judges.map((judge) => judge(results))

/** That no subject is slower than as another checkout has it, for each that it measured. */
export const againstEarlier = ({ subjects }: Results): readonly Verdict[] =>
  subjects.filter(({ kind }) => kind === "earlier").flatMap(notSlower)
