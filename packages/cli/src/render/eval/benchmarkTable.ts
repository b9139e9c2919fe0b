import { columns } from "@diva/tensor"
import type { BenchmarkRow, BenchmarkTable, Estimate, MeanRow } from "@diva/diva"
import { showEstimate, showInterval } from "./estimate.ts"
import { showCount } from "../../text/number.ts"
import type { Style } from "../../text/style.ts"

export interface BenchmarkSummary {
  readonly model: string
  readonly failed: readonly { readonly dataset: string; readonly problem: string }[]
  readonly table: BenchmarkTable
}

const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(1)}`

const difference = (estimate: Estimate | undefined): string => {
  if (estimate === undefined) return ""
  const interval = Number.isFinite(estimate.interval.low) ? ` [${showInterval(estimate)}]` : ""
  return `${signed(estimate.value)}${interval}`
}

const shown = (estimate: Estimate | undefined): string => (estimate === undefined ? "" : showEstimate(estimate))

const rowOf = (
  { title, metric, before, after, difference: moved }: BenchmarkRow,
  hasBefore: boolean,
): readonly string[] => [
  title,
  metric,
  ...(hasBefore ? [shown(before)] : []),
  shown(after),
  ...(hasBefore ? [difference(moved)] : []),
  showCount((after ?? before)!.count),
]

const number = (x: number | undefined): string => (x === undefined ? "" : x.toFixed(1))

const meanRow = ({ title, count, before, after }: MeanRow, hasBefore: boolean): readonly string[] => [
  title,
  `over ${count}`,
  ...(hasBefore ? [number(before)] : []),
  number(after),
  ...(hasBefore ? [before === undefined || after === undefined ? "" : signed(after - before)] : []),
  "",
]

/** The table of zero-shot benchmarks: percent [95 % interval], differences in points, images or queries. */
export const renderBenchmarkTable = ({ model, failed, table: all }: BenchmarkSummary, style: Style): string => {
  const hasBefore = all.rows.some(({ before }) => before !== undefined)
  const head = [
    "",
    "",
    ...(hasBefore ? ["before"] : []),
    hasBefore ? "after" : "score",
    ...(hasBefore ? ["difference"] : []),
    "of",
  ]
  const means = all.means.filter(({ count }) => count > 0)
  const lines = columns(
    [head, ...all.rows.map((row) => rowOf(row, hasBefore)), ...means.map((row) => meanRow(row, hasBefore))],
    head.map((_, column) => (column === head.length - 1 ? "right" : "left")),
  )
  return [
    style.strong(model),
    ...lines.slice(0, lines.length - means.length),
    ...lines.slice(lines.length - means.length).map(style.strong),
    ...failed.map(({ dataset, problem }) => style.bad(`${dataset} was not scored: ${problem}`)),
    ...(all.missing.length === 0 ? [] : [style.faint(`not there: ${all.missing.join(", ")}`)]),
    style.faint("percent [95 % interval]; differences in points"),
  ].join("\n")
}
