import { counted } from "../text/counted.ts"
import { showChoice } from "../text/choice.ts"
import { columns } from "../text/columns.ts"
import { showDuration } from "../text/quantity.ts"
import type { TuningEntry } from "../decisions/cache.ts"
import type { Decided, TuningReport } from "./tune.ts"

const medianOf = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? NaN

const winnerTime = ({ winner, measurements }: TuningEntry): number =>
  medianOf(measurements.find(({ choice }) => JSON.stringify(choice) === JSON.stringify(winner))?.milliseconds ?? []) /
  1000

const lossesOf = ({ measurements }: TuningEntry): string => {
  const outcomes = new Set(["measured", ...measurements.map(({ outcome }) => outcome)])
  return [...outcomes]
    .map((each) => `${measurements.filter(({ outcome }) => outcome === each).length} ${each}`)
    .join(", ")
}

const rowOf = ({ problem, entry }: Decided): readonly string[] =>
  entry === null
    ? [problem.key, `${problem.uses}×`, "", "", "no candidate could be measured", ""]
    : [
        problem.key,
        `${problem.uses}×`,
        showDuration(winnerTime(entry)),
        entry.gain === 1 ? "untuned" : `${entry.gain.toFixed(2)}×`,
        showChoice(entry.winner),
        lossesOf(entry),
      ]

const failures = ({ decided }: TuningReport): readonly string[] =>
  decided.flatMap(({ problem, measurements }) =>
    measurements
      .filter(({ outcome }) => outcome === "invalid" || outcome === "wrong" || outcome === "timeout")
      .map(({ choice, outcome, reason }) => `${problem.key}: ${showChoice(choice)} is ${outcome}: ${reason ?? ""}`),
  )

/** What tuning decided, as a table, with every candidate that failed. */
export const showTuning = (report: TuningReport): string => {
  const { decided, left, seconds } = report
  const better = decided.filter(({ entry }) => entry !== null && entry.gain > 1).length
  const failed = failures(report)
  return [
    ...columns(
      [["problem", "uses", "time", "gain", "winner", "candidates"], ...decided.map(rowOf)],
      ["left", "right", "right", "right", "left", "left"],
    ),
    "",
    `${counted(decided.length, "decision")} measured in ${showDuration(seconds)}, ${better} better than the untuned rule` +
      (left.length === 0 ? "" : `; ${left.length} left for lack of time`),
    ...(failed.length === 0 ? [] : ["", "lost without a time:", ...failed.map((line) => `  ${line}`)]),
  ].join("\n")
}
