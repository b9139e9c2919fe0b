import type { StepEstimate } from "../train/estimateRow.ts"
import { showBytes, showCount } from "./number.ts"
import { table } from "./table.ts"

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
  showBytes(each.peakBytes),
]

const transposed = (columns: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  (columns[0] ?? []).map((_, row) => columns.map((each) => each[row] ?? ""))

/** Estimates side by side, a family a line: time and, in brackets, dispatches. */
export const renderEstimates = (title: string, estimates: readonly StepEstimate[]): string => {
  const families = familiesOf(estimates)
  const labels = ["precision", "batch", ...families, "a micro-step", "an image", "dispatches", "peak memory"]
  const rows = transposed([labels, ...estimates.map((each) => column(each, families))])
  return [
    `${title}, by the cost model "${estimates[0]?.model ?? ""}": expected, not measured`,
    "",
    ...table(rows, ["left", ...estimates.map(() => "right" as const)]),
  ].join("\n")
}
