import type { Drift, EvaluationSubject, Flip, PairComparison } from "@diva/diva"
import { counted, columns } from "@diva/tensor"
import { showNumber } from "../../text/number.ts"
import type { Style } from "../../text/style.ts"

/** Two models and how they differ. */
export interface Compared {
  readonly before: EvaluationSubject
  readonly after: EvaluationSubject
  readonly comparisons: readonly PairComparison[]
  readonly drift?: Drift
}

const shown = (x: number): string => String(Number(x.toFixed(1)))

const signed = (points: number): string => `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)}`

const ids = (flips: readonly Flip[]): string =>
  flips.length === 0 ? "none" : flips.map(({ pair }) => pair.questions.map(({ id }) => id).join("–")).join(", ")

const comparisonLines = (comparison: PairComparison, style: Style): readonly string[] => {
  const { rule, categories, verdict, pValue, gained, lost } = comparison
  const rows = [
    ["", "before", "after", "pairs", "difference", "95 % interval", "gained", "lost"],
    ...categories
      .filter(({ pairs }) => pairs > 0)
      .map((each) => [
        each.name,
        shown(each.before),
        shown(each.after),
        String(each.pairs),
        signed(each.difference.value),
        `${signed(each.difference.interval.low)} … ${signed(each.difference.interval.high)}`,
        String(each.gained),
        String(each.lost),
      ]),
  ]
  return [
    style.strong(rule),
    ...columns(rows, ["left", "right", "right", "right", "right", "right", "right", "right"]),
    style.strong(verdict),
    `exact McNemar test: ${gained.length} gained, ${lost.length} lost, p = ${showNumber(pValue)}`,
    `gained: ${ids(gained)}`,
    `lost: ${ids(lost)}`,
  ]
}

const three = (x: number): string => (Number.isFinite(x) ? x.toFixed(4) : "unknown")

const driftLines = ({ images, similarities, agreement }: Drift): readonly string[] => {
  const row = (name: string, { value, interval: { low, high }, count }: Drift["images"]) => [
    name,
    three(value),
    `[${three(low)} … ${three(high)}]`,
    counted(count, "image"),
  ]
  return [
    "alignment with texts (1: nothing moved)",
    ...columns(
      [
        row("  cosine of images before and after", images),
        row("  correlation of image-to-text similarities", similarities),
        row("  same nearest statement", agreement),
      ],
      ["left", "right", "left", "left"],
    ),
  ]
}

/** Two models compared, for people. */
export const renderComparison = ({ before, after, comparisons, drift }: Compared, style: Style): string =>
  [
    `before  ${before.model}`,
    `after   ${after.model}`,
    ...comparisons.flatMap((comparison) => ["", ...comparisonLines(comparison, style)]),
    ...(drift === undefined ? [] : ["", ...driftLines(drift)]),
  ].join("\n")
