import { setTitles, type ComparedRow, type ComparedSet, type Estimate, type WorldDemoSummary } from "@diva/diva"
import { table } from "./table.ts"
import type { Style } from "./style.ts"

const tenth = (x: number): string => (Number.isFinite(x) ? x.toFixed(1) : "?")
const signed = (x: number): string => (Number.isFinite(x) ? `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(1)}` : "?")

const range = ({ interval: { low, high } }: Estimate, show: (x: number) => string): string =>
  `[${show(low)} … ${show(high)}]`

const rowOf = ({ name, before, after, difference }: ComparedRow): readonly string[] => [
  name,
  tenth(before),
  `${tenth(after.value)} ${range(after, tenth)}`,
  `${signed(difference.value)} ${range(difference, signed)}`,
]

const renderSet = ({ set, pairs, categories, average, verdict }: ComparedSet, style: Style): string =>
  [
    style.strong(`${pairs} ${setTitles[set]}`),
    ...table(
      [["percent solved [95 %]", "before", "after", "points"], ...categories.map(rowOf), rowOf(average)],
      ["left", "right", "right", "right"],
    ),
    verdict,
  ].join("\n")

/** The nine categories on both benchmarks, the verdict of each, and what to do next. */
export const renderDemo = ({ sets, after, report }: WorldDemoSummary, style: Style): string =>
  [
    "",
    ...sets.map((set) => `${renderSet(set, style)}\n`),
    "Pairs that a model confuses are chosen by its mistakes: scores on them rise by chance alone. Judge by those that nothing chose.",
    "",
    `page with pictures  ${report}`,
    ...after.map(({ seed, clip }) => `CLIP of seed ${seed}  ${clip}`),
    "",
    "With real weights: diva fetch --row openai-l14-224 --mmvp, then diva train --dry-run",
  ].join("\n")

/** The same for programs. */
export const demoData = ({ sets, report, after }: WorldDemoSummary) => ({
  event: "summary",
  report,
  sets,
  runs: after.map(({ seed, clip }) => ({ seed, clip })),
})
