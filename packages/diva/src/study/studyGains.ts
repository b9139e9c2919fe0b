import { meanOf } from "../evaluate/statistics/studentT.ts"
import type { Estimate } from "../evaluate/statistics/interval.ts"
import { startArm, type StudyResult } from "./studyResults.ts"

export type Measure = (result: StudyResult) => number

/** What decides: the mean of nine patterns on the control pairs. */
export const onControl: Measure = ({ control }) => control.average

/** Points of an arm's runs against the CLIP before training. */
export const gains = (results: readonly StudyResult[], arm: string, measure: Measure): readonly number[] => {
  const start = results.find((result) => result.arm === startArm)
  return start === undefined
    ? []
    : results.filter((result) => result.arm === arm).map((result) => measure(result) - measure(start))
}

/** Points of an arm's runs against another arm's of the same seeds. */
export const against = (
  results: readonly StudyResult[],
  arm: string,
  other: string,
  measure: Measure,
): readonly number[] =>
  results
    .filter((result) => result.arm === arm)
    .flatMap((run) => {
      const base = results.find((result) => result.arm === other && result.seed === run.seed)
      return base === undefined ? [] : [measure(run) - measure(base)]
    })

export const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(1)}`

/** A mean of points with its interval, in words. */
export const shownPoints = ({ value, count, interval: { low, high } }: Estimate, none = "not run"): string =>
  count === 0
    ? none
    : count === 1
      ? `${signed(value)} (one run)`
      : `${signed(value)} [${signed(low)} … ${signed(high)}]`

/** Runs from which on an interval says something: solved pairs are counted, and two runs that happen to agree leave it no width. */
export const enoughRuns = 3

/** Where an arm's points lie, of runs enough: above or below 0 with the whole interval, or on both sides of it. */
export const sideOf = (values: readonly number[]): "above" | "below" | "both" | "unknown" => {
  if (values.length < enoughRuns) return "unknown"
  const { low, high } = meanOf(values).interval
  return low > 0 ? "above" : high < 0 ? "below" : "both"
}
