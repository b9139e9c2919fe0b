import { columns } from "@diva/tensor"
import type { TuningWarning } from "@diva/tensor"
import type { Decided, TuningProblem } from "@diva/tensor/tune"
import { showNumber } from "../text/number.ts"

/** What is to decide, the most work first. */
export const renderProblems = (problems: readonly TuningProblem[]): string =>
  problems.length === 0
    ? "nothing to decide: on this adapter there is one way to compute each kernel of these programs"
    : columns(
        [
          ["decision", "uses", "GFLOP", "candidates"],
          ...problems.map(({ key, uses, flops, decision }) => [
            key,
            String(uses),
            showNumber(flops / 1e9),
            String(decision.candidates.length),
          ]),
        ],
        ["left", "right", "right", "right"],
      ).join("\n")

/** One decision, for a progress line. */
export const decidedLine = ({ problem, entry }: Decided): string =>
  entry === null ? `${problem.key}: none worked` : `${problem.key}: ${entry.gain.toFixed(2)}×`

/** A cache that is not used, and what to do. */
export const renderWarning = ({ _tag, where, rule, remedy }: TuningWarning): string =>
  `${_tag} in ${where}: ${rule}\n  try  ${remedy}`
