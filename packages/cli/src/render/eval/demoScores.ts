import { columns } from "@diva/tensor"
import {
  setTitles,
  type ComparedRow,
  type ComparedSet,
  type DemoStage,
  type Estimate,
  type WorldDemoSummary,
} from "@diva/diva"
import { showSeconds } from "../../text/number.ts"
import type { Style } from "../../text/style.ts"

const tenth = (x: number): string => (Number.isFinite(x) ? x.toFixed(1) : "?")
const signed = (x: number): string => (Number.isFinite(x) ? `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(1)}` : "?")

const range = ({ interval: { low, high } }: Estimate, show: (x: number) => string): string =>
  `[${show(low)} … ${show(high)}]`

const rowOf = ({ name, before, after, difference }: ComparedRow): readonly string[] => [
  name,
  tenth(before),
  tenth(after.value),
  `${signed(difference.value)} ${range(difference, signed)}`,
]

const renderSet = ({ set, pairs, categories, average, verdict }: ComparedSet, style: Style): string =>
  [
    style.strong(`${pairs} ${setTitles[set]}`),
    ...columns(
      [["percent solved", "before", "after", "points [95 %]"], ...categories.map(rowOf), rowOf(average)],
      ["left", "right", "right", "right"],
    ),
    verdict,
  ].join("\n")

/** "step 3 of 8: training with seed 1, run 1 of 3, about 4 min 10 s left in all" */
export const renderDemoStage = ({ what, step, steps, left }: DemoStage): string =>
  `step ${step} of ${steps}: ${what}${left === undefined ? "" : `, about ${showSeconds(left)} left in all`}`

/** The set whose pairs nothing chose decides. */
const verdictOf = (sets: readonly ComparedSet[], style: Style): readonly string[] => {
  const { verdict, pairs } = sets.find(({ set }) => set === "control")!
  return [
    style.strong(`Verdict, by the ${pairs} ${setTitles.control}: ${verdict}`),
    "Pairs that the CLIP confuses were chosen by its own mistakes, and decide nothing.",
    "docs/study.md asks the same with more seeds, and which variants help or harm.",
  ]
}

/** The nine categories on both benchmarks, the verdict, and what to do next. */
export const renderDemo = ({ sets, after, report }: WorldDemoSummary, style: Style): string =>
  [
    "",
    ...sets.map((set) => `${renderSet(set, style)}\n`),
    ...verdictOf(sets, style),
    "",
    `page with pictures  ${report}`,
    ...after.map(({ seed, clip }) => `CLIP of seed ${seed}  ${clip}`),
    "",
    "With real weights: npm run diva -- fetch --row openai-l14-224 --mmvp, then npm run diva -- train --dry-run",
  ].join("\n")

/** The same for programs. */
export const demoData = ({ sets, report, after }: WorldDemoSummary) => ({
  event: "summary",
  report,
  sets,
  runs: after.map(({ seed, clip }) => ({ seed, clip })),
})
