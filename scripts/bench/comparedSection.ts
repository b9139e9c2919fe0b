import { milliseconds, table } from "./cells.ts"
import { ownLine, resultsOf, type Results } from "./results.ts"
import { againstEarlier, type Verdict } from "./targets.ts"

const word = ({ reached }: Verdict): string => (reached === undefined ? "turns differ" : reached ? "no" : "**yes**")

const comparedTable = (results: Results): readonly string[] =>
  table(
    ["subject", "now, ms", "then, ms", "now / then", "slower"],
    results.subjects
      .filter(({ kind, n }) => kind === "earlier" && n > 0)
      .flatMap((line) => {
        const own = ownLine(results, line.subject, line.shape)
        const [verdict] = againstEarlier({ ...results, subjects: [line] })
        if (own === undefined || verdict === undefined) return []
        const cells = [milliseconds(own.median), milliseconds(line.median), verdict.measured, word(verdict)]
        return [[`${line.subject} ${line.shape}`, ...cells]]
      }),
  )

/** What became of each subject since another checkout, which took part in the same run. */
export const comparedSection = ({ compared: [run] }: Results): readonly string[] => {
  if (run === undefined) return []
  const results = resultsOf(run.lines)
  const [machine] = results.machines
  const who = results.subjects.find(({ kind }) => kind === "earlier")?.by ?? "another checkout"
  const fma = Math.max(...results.machines.map(({ ceilings }) => ceilings.native?.fma["256"] ?? ceilings.fma))
  return [
    "## Beside an earlier version",
    "",
    `\`${run.command}\`, ${run.date}, on ${machine?.machine.processor}, ${machine?.machine.cores} cores that reach`,
    `${(fma / 1e9).toFixed(1)} GFLOP/s of multiply-adds in registers of 256 bits: this library as it was then, and **${who}**, in turns.`,
    "A ratio is the median over turns that followed one another; where some turns find a subject slower by more than 3 % and others do",
    "not, the machine's noise decides, and the table says that they differ.",
    "",
    ...comparedTable(results),
    "",
  ]
}
