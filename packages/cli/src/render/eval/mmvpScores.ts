import type { MmvpReport, ReportedScoring } from "@diva/diva"
import { counted, columns } from "@diva/tensor"
import { showEstimate } from "./estimate.ts"
import type { Style } from "../../text/style.ts"

const solved = ({ pairs, draws }: ReportedScoring, category: string): string => {
  const own = pairs.filter((pair) => pair.category === category)
  const mean = own.reduce((sum, pair) => sum + pair.solved.filter(Boolean).length / draws, 0)
  return `${Number(mean.toFixed(1))} of ${own.length}`
}

const total = ({ correct, pairs, draws }: ReportedScoring): string =>
  `${Number((correct.reduce((sum, each) => sum + each, 0) / draws).toFixed(1))} of ${pairs.length}`

const title = ({ rule, draws, seed }: ReportedScoring): string =>
  draws > 1
    ? `${rule}, ${counted(draws, "draw")} from seed ${seed}`
    : rule.startsWith("diva openai") || rule === "diva dfn378"
      ? `${rule}, 1 draw from seed ${seed}`
      : rule

const overDraws = (scoring: ReportedScoring): readonly string[] =>
  scoring.overDraws === undefined
    ? []
    : [
        `${scoring.rule}: ${showEstimate(scoring.overDraws)} over ${scoring.draws} draws: ${scoring.averages.map((average) => average.toFixed(1)).join(", ")}`,
      ]

const skipped = ({ skippedPairs, skipped: reasons }: ReportedScoring): readonly string[] =>
  skippedPairs === 0
    ? []
    : [`${counted(skippedPairs, "pair")} left out: ${reasons.slice(0, 3).join("; ")}${reasons.length > 3 ? "; …" : ""}`]

/** MMVP's nine categories and their mean, each way of scoring in a column: percent, 95 % interval over pairs, solved pairs. */
export const renderMmvp = ({ subject, scorings }: MmvpReport, style: Style): string => {
  const names = scorings[0]?.categories.map(({ name }) => name) ?? []
  const rows = [
    ["", ...scorings.flatMap((scoring) => [title(scoring), ""])],
    ...names.map((name, i) => [
      name,
      ...scorings.flatMap((scoring) => [showEstimate(scoring.categories[i]!.estimate), solved(scoring, name)]),
    ]),
    ["average", ...scorings.flatMap((scoring) => [showEstimate(scoring.average), total(scoring)])],
  ]
  const lines = columns(rows, ["left", ...scorings.flatMap(() => ["left", "left"] as const)])
  return [
    style.strong(subject.model) +
      style.faint(`  ${subject.row ?? subject.flavour}, ${subject.preprocessing}, ${subject.adapter}`),
    ...lines.slice(0, -1),
    style.strong(lines.at(-1) ?? ""),
    ...scorings.flatMap(overDraws),
    ...skipped(scorings[0]!),
    style.faint("percent of pairs solved [95 % interval over pairs]"),
  ].join("\n")
}
