import { csvText } from "../csv.ts"
import type { MmvpScore, PairOutcome } from "./pairScore.ts"

const header = ["qid1", "qid2", "pred1", "pred2", "gt1", "gt2", "q1score", "q2score"]

/** Digits that tell an f32 from its neighbours. */
const mostDigits = 9

const shortest = (x: number): string => {
  for (let digits = 1; digits < mostDigits; digits++)
    if (Math.fround(Number(x.toPrecision(digits))) === x) return x.toExponential(digits - 1)
  return x.toExponential(mostDigits - 1)
}

/** An f32 as NumPy writes it: the fewest digits that tell it from its neighbours; exponents of at least two digits. */
export const float32Text = (x: number): string => {
  const [mantissa = "0", exponent = "0"] = shortest(x).split("e")
  const power = Number(exponent)
  if (x !== 0 && (power < -4 || power >= 16))
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`
  const digits = Math.max(1, mantissa.replace(/^-?\d\.?/, "").length - power)
  return Number(`${mantissa}e${exponent}`).toFixed(digits)
}

/** `Prediction_Results_…` of the original: a row for every pair. Source: DIVA run_DIVA_with_*.py. */
export const predictionsCsv = (outcomes: readonly PairOutcome[]): string =>
  csvText([
    header,
    ...outcomes.map(({ qid1, qid2, pred1, pred2, gt1, gt2, q1score, q2score }) => [
      qid1,
      qid2,
      pred1,
      pred2,
      gt1,
      gt2,
      float32Text(q1score),
      float32Text(q2score),
    ]),
  ])

/** One model's entry: percentages by category, and their mean as `average_score`. */
export const predResultEntry = ({ categories, average }: MmvpScore): Readonly<Record<string, number>> => ({
  ...Object.fromEntries(categories.filter(({ pairs }) => pairs > 0).map(({ name, percent }) => [name, percent])),
  average_score: average,
})

/** Scores of one model, or of one before and after training. */
export interface PredResults {
  readonly label: string
  readonly before: MmvpScore
  readonly after?: MmvpScore
}

/** `pred_result.json` of the original. */
export const predResult = ({ label, before, after }: PredResults) => ({
  results_before: { [label]: predResultEntry(before) },
  ...(after === undefined ? {} : { results_final_after: { [label]: predResultEntry(after) } }),
})
