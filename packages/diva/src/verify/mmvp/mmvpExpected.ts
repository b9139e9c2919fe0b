import { scoreMmvp, type PairOutcome } from "../../evaluate/mmvp/pairScore.ts"
import { predResultEntry } from "../../evaluate/mmvp/resultFiles.ts"
import { Effect } from "effect"
import { isNumber, recordIn } from "../documentFields.ts"
import { exactly, groupOf } from "../exact.ts"
import type { GroupResult, TensorResult } from "../group.ts"
import type { ReadableCase } from "../kind.ts"
import { caseInvalid } from "./mmvpCase.ts"

/** What the reference allows where it says nothing, and the most that is taken from it. */
const defaultAllowed = 2e-3
const largestAllowed = 0.02

/** "abs 2e-3 with …": the first number of the case's own tolerance for probabilities. */
const allowedOf = ({ document }: ReadableCase): number => {
  const said = String(recordIn(document, "tolerance")?.["q1score/q2score"] ?? "")
  const number = Number(/abs\s+([\d.e+-]+)/.exec(said)?.[1])
  return number > 0 && number <= largestAllowed ? number : defaultAllowed
}

type Row = readonly [string, string, string, string, string, string, string, string]

const isRow = (value: unknown): value is Row =>
  Array.isArray(value) && value.length === 8 && value.every((field) => typeof field === "string" || isNumber(field))

const rowsOf = ({ document, file }: ReadableCase) => {
  const rows = document["predictions"]
  return Array.isArray(rows) && rows.length > 0 && rows.every(isRow)
    ? Effect.succeed(rows as readonly Row[])
    : Effect.fail(
        caseInvalid(file, 'field "predictions" must be rows of qid1,qid2,pred1,pred2,gt1,gt2,q1score,q2score'),
      )
}

const probabilities = (row: Row, got: PairOutcome, allowed: number): TensorResult => {
  const error = Math.max(Math.abs(got.q1score - Number(row[6])), Math.abs(got.q2score - Number(row[7])))
  const measured = Number.isFinite(error) ? error : Infinity
  return {
    name: `pair ${row[0]}, ${row[1]}`,
    error: measured,
    allowed,
    maxError: measured,
    passed: measured <= allowed,
  }
}

const isNear = (row: Row, allowed: number): boolean =>
  [row[6], row[7]].some((score) => Math.abs(Number(score) - 0.5) <= allowed)

/** Choices and right answers of a pair; a choice that the allowed error could turn is not held against anyone. */
const choices = (row: Row, { pred1, pred2, gt1, gt2 }: PairOutcome, allowed: number): TensorResult =>
  exactly(
    `pair ${row[0]}, ${row[1]}`,
    gt1 === row[4] && gt2 === row[5] && (isNear(row, allowed) || (pred1 === row[2] && pred2 === row[3])),
  )

const percentages = (found: ReadableCase, rows: readonly Row[], outcomes: readonly PairOutcome[], allowed: number) => {
  const [got, want] = [predResultEntry(scoreMmvp(outcomes)), recordIn(found.document, "scores_percent") ?? {}]
  const mayDiffer = rows.some((row) => isNear(row, allowed))
  return [...new Set([...Object.keys(got), ...Object.keys(want)])].map((name) =>
    exactly(name, Math.abs((got[name] ?? Infinity) - Number(want[name])) < 1e-9 || mayDiffer),
  )
}

const samePairs = (rows: readonly Row[], outcomes: readonly PairOutcome[]): boolean =>
  rows.length === outcomes.length &&
  rows.every((row, i) => row[0] === outcomes[i]!.qid1 && row[1] === outcomes[i]!.qid2)

/** Holds outcomes against the case's predictions and percentages. Errors: `CaseInvalid`. */
export const compareScores = Effect.fn("compareScores")(function* (
  found: ReadableCase,
  outcomes: readonly PairOutcome[],
) {
  const rows = yield* rowsOf(found)
  if (!samePairs(rows, outcomes)) return yield* caseInvalid(found.file, "its predictions belong to other questions")
  const allowed = allowedOf(found)
  const each = (compare: typeof choices) => rows.map((row, i) => compare(row, outcomes[i]!, allowed))
  const groups: readonly GroupResult[] = [
    ...groupOf("probabilities of each pair", each(probabilities)),
    ...groupOf("choices of each pair", each(choices)),
    ...groupOf("percentages", percentages(found, rows, outcomes, allowed)),
  ]
  return groups
})
