import { counted } from "@diva/tensor"
import { Data } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { parseCsv } from "../csv.ts"
import { categories, categoryOf, nearestCategory } from "./categories.ts"

/** MMVP's list of questions cannot be used as it is. `row` counts from 1, without the header. */
export class QuestionsInvalid extends Data.TaggedError("QuestionsInvalid")<{
  readonly file: string
  readonly row?: number
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.row === undefined ? this.rule : `row ${this.row}: ${this.rule}`
  }
}

/** One row of the list: a statement about one image of its pair. */
export interface Question {
  readonly id: string
  /** The pattern, in the data set's own spelling; also the name of the folder of images. */
  readonly type: string
  readonly statement: string
}

/** Two consecutive rows: two statements about two images that look alike to CLIP. */
export interface QuestionPair {
  readonly questions: readonly [Question, Question]
  /** Number of the pair's category. */
  readonly category: number
}

/** "order": the original's, by place in the list; "type": by the list's own column. */
export type CategoryRule = "order" | "type"

const invalid = (file: string, rule: string, remedy: string, row?: number) =>
  E.left(new QuestionsInvalid({ file, rule, remedy, ...(row === undefined ? {} : { row }) }))

const restore = "restore the file from its source"

const question = (file: string, fields: readonly string[], row: number): Either<QuestionsInvalid, Question> => {
  const [id = "", type = "", statement = ""] = fields.map((field) => field.trim())
  if (fields.length < 3) return invalid(file, `has ${counted(fields.length, "column")}, not 3`, restore, row)
  if (!/^\d+$/.test(id)) return invalid(file, `question id ${JSON.stringify(id)} is not a whole number`, restore, row)
  if (statement === "") return invalid(file, `question ${id} has no statement`, restore, row)
  return E.right({ id, type, statement })
}

const isHeader = (fields: readonly string[]): boolean => !/^\s*\d+\s*$/.test(fields[0] ?? "")

/** Rows of `Questions.csv`: id, type, statement. Errors: `QuestionsInvalid`, also for an id that appears twice. */
export const parseQuestions = (text: string, file: string): Either<QuestionsInvalid, readonly Question[]> => {
  const rows = parseCsv(text)
  if (E.isLeft(rows)) return invalid(file, rows.left, restore)
  const body = isHeader(rows.right[0] ?? []) ? rows.right.slice(1) : rows.right
  const seen = new Map<string, number>()
  const questions: Question[] = []
  for (const [i, fields] of body.entries()) {
    const read = question(file, fields, i + 1)
    if (E.isLeft(read)) return read
    const before = seen.get(read.right.id)
    if (before !== undefined)
      return invalid(file, `question ${read.right.id} is already in row ${before}`, restore, i + 1)
    seen.set(read.right.id, i + 1)
    questions.push(read.right)
  }
  return E.right(questions)
}

const byType = (file: string, { type }: Question, row: number): Either<QuestionsInvalid, number> => {
  const found = categoryOf(type)
  if (found !== undefined) return E.right(found)
  const nearest = nearestCategory(type)
  return invalid(
    file,
    `${JSON.stringify(type)} is not one of MMVP's nine categories`,
    nearest === undefined ? "correct the column, or take categories by order" : `did you mean "${nearest}"?`,
    row,
  )
}

const byOrder = (file: string, count: number, pair: number): Either<QuestionsInvalid, number> =>
  count % categories.length === 0
    ? E.right(Math.floor(pair / (count / categories.length)))
    : invalid(
        file,
        `${counted(count, "pair")} cannot be split into ${categories.length} categories of equal size, which the rule by order needs`,
        'take categories by type: --category type, or the rule "type"',
      )

/**
 * Consecutive rows as pairs, each with its category. By order, the original's rule, the first ninth of the pairs belongs to
 * the first category and so on, whatever their `Type` says. Errors: `QuestionsInvalid` for no rows, an odd number of rows,
 * pairs that do not split evenly (by order), and types that are none of the nine (by type).
 */
export const pairQuestions = (
  questions: readonly Question[],
  rule: CategoryRule,
  file: string,
): Either<QuestionsInvalid, readonly QuestionPair[]> => {
  if (questions.length === 0) return invalid(file, "it holds no question", restore)
  if (questions.length % 2 === 1)
    return invalid(
      file,
      `${counted(questions.length, "question")} cannot be paired`,
      `${restore}; there is a row too few or too many`,
    )
  const count = questions.length / 2
  const pairs: QuestionPair[] = []
  for (let i = 0; i < count; i++) {
    const [first, second] = [questions[2 * i]!, questions[2 * i + 1]!]
    const category = rule === "order" ? byOrder(file, count, i) : byType(file, first, 2 * i + 1)
    if (E.isLeft(category)) return category
    pairs.push({ questions: [first, second], category: category.right })
  }
  return E.right(pairs)
}
