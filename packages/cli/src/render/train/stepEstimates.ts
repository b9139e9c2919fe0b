import { counted, columns } from "@diva/tensor"
import type { StepEstimate } from "../../train/estimateRow.ts"
import { showBytes, showCount } from "../../text/number.ts"

const showTime = (seconds: number): string =>
  seconds >= 10 ? `${Number(seconds.toPrecision(3))} s` : `${Number((1000 * seconds).toPrecision(3))} ms`

const familiesOf = (estimates: readonly StepEstimate[]): readonly string[] => [
  ...new Set(estimates.flatMap(({ families }) => families.map(({ family }) => family))),
]

const column = (each: StepEstimate, families: readonly string[]): readonly string[] => [
  each.precision,
  String(each.batch),
  ...families.map((name) => {
    const family = each.families.find(({ family }) => family === name)
    return family === undefined ? "–" : `${showTime(family.seconds)} (${showCount(family.dispatches)})`
  }),
  showTime(each.seconds),
  showTime(each.secondsAnImage),
  showCount(each.dispatches),
  showCount(each.chain),
  showBytes(each.peakBytes),
]

const transposed = (columns: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  (columns[0] ?? []).map((_, row) => columns.map((each) => each[row] ?? ""))

const titleLines = (title: string, [first]: readonly StepEstimate[]): readonly string[] => [
  `${title}, by the cost model "${first?.model ?? ""}": expected, not measured`,
  "a dispatch that several kernels share counts with the first of them",
  "",
]

const showRate = (flops: number, seconds: number): string =>
  flops / seconds < 1e11 ? "" : `${(flops / seconds / 1e12).toFixed(1)} TFLOP/s`

const kernelLines = ({ precision, batch, kernels, seconds, dispatches, chain }: StepEstimate): readonly string[] => {
  const heads = ["dispatches", "time", "arithmetic", "at least moved", "family", "way", "computes"]
  const rows = kernels.map((each) => [
    showCount(each.dispatches),
    showTime(each.seconds),
    showRate(each.flops, each.seconds),
    showBytes(each.bytes),
    each.family,
    each.way,
    each.label,
  ])
  return [
    `${precision}, batch ${batch}: ${showTime(seconds)} in ${counted(dispatches, "dispatch", "dispatches")}, ${showCount(chain)} of which wait for each other`,
    ...columns([heads, ...rows], ["right", "right", "right", "right", "left", "left", "left"]),
  ]
}

/** Estimates one after the other, a kind of kernel a line, the slowest first. */
export const renderKernels = (title: string, estimates: readonly StepEstimate[]): string =>
  [...titleLines(title, estimates), ...estimates.flatMap((each) => [...kernelLines(each), ""])].join("\n").trimEnd()

/** Estimates side by side, a family a line: time and, in brackets, dispatches. */
export const renderEstimates = (title: string, estimates: readonly StepEstimate[]): string => {
  const families = familiesOf(estimates)
  const labels = [
    "precision",
    "batch",
    ...families,
    "a micro-step",
    "an image",
    "dispatches",
    "longest chain",
    "peak memory",
  ]
  const rows = transposed([labels, ...estimates.map((each) => column(each, families))])
  return [...titleLines(title, estimates), ...columns(rows, ["left", ...estimates.map(() => "right" as const)])].join(
    "\n",
  )
}
