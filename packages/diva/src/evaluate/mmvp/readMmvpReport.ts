import { existsSync, statSync } from "node:fs"
import { readFile } from "node:fs/promises"
import * as path from "node:path"
import { Data, Effect, Predicate } from "effect"
import { readFailure, type FileError } from "@diva/models"
import type { MmvpReport } from "./mmvpReport.ts"

/** A file is no result of an evaluation. */
export class ResultInvalid extends Data.TaggedError("ResultInvalid")<{
  readonly file: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.file}: ${this.rule}`
  }
}

const resultName = "mmvp.json"

/** The result file that a path names or holds: a `.json` file, or a folder with `mmvp.json`; undefined for anything else. */
export const mmvpResultFile = (given: string): string | undefined => {
  if (statSync(given, { throwIfNoEntry: false })?.isDirectory() !== true)
    return given.endsWith(".json") ? given : undefined
  const inside = path.join(given, resultName)
  return existsSync(inside) ? inside : undefined
}

const isLogits = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((row) => Array.isArray(row) && row.length === 2 && row.every(Number.isFinite))

const isQuestion = (value: unknown): boolean =>
  Predicate.isObject(value) &&
  ["id", "type", "statement", "file", "imageSha256"].every(
    (key) => Predicate.hasProperty(value, key) && Predicate.isString(value[key]),
  )

const isPair = (value: unknown): boolean =>
  Predicate.isObject(value) &&
  Predicate.hasProperty(value, "questions") &&
  Array.isArray(value.questions) &&
  value.questions.length === 2 &&
  value.questions.every(isQuestion) &&
  Predicate.hasProperty(value, "category") &&
  Predicate.isString(value.category) &&
  Predicate.hasProperty(value, "logits") &&
  Array.isArray(value.logits) &&
  value.logits.length > 0 &&
  value.logits.every(isLogits) &&
  Predicate.hasProperty(value, "solved") &&
  Array.isArray(value.solved) &&
  value.solved.length === value.logits.length &&
  value.solved.every(Predicate.isBoolean)

const isScoring = (value: unknown): boolean =>
  Predicate.isObject(value) &&
  Predicate.hasProperty(value, "rule") &&
  Predicate.isString(value.rule) &&
  Predicate.hasProperty(value, "categories") &&
  Array.isArray(value.categories) &&
  Predicate.hasProperty(value, "pairs") &&
  Array.isArray(value.pairs) &&
  value.pairs.length > 0 &&
  value.pairs.every(isPair)

const isReport = (value: unknown): value is MmvpReport =>
  Predicate.isObject(value) &&
  Predicate.hasProperty(value, "format") &&
  value.format === "diva-mmvp" &&
  Predicate.hasProperty(value, "version") &&
  value.version === 1 &&
  Predicate.hasProperty(value, "subject") &&
  Predicate.isObject(value.subject) &&
  Predicate.hasProperty(value, "scorings") &&
  Array.isArray(value.scorings) &&
  value.scorings.length > 0 &&
  value.scorings.every(isScoring)

/** Reads a result that `diva eval mmvp` wrote. Errors: `FileUnreadable`, `ResultInvalid`. */
export const readMmvpReport = Effect.fn("readMmvpReport")(function* (
  file: string,
): Effect.fn.Return<MmvpReport, FileError | ResultInvalid> {
  const text = yield* Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (cause) => readFailure(file, cause),
  })
  const invalid = (rule: string) =>
    new ResultInvalid({ file, rule, remedy: "name a file that diva eval mmvp --out wrote, or its folder" })
  const value = yield* Effect.try({ try: () => JSON.parse(text) as unknown, catch: () => invalid("is not JSON") })
  return isReport(value) ? value : yield* invalid("is no result of MMVP's pairs")
})
