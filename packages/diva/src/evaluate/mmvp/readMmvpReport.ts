import * as path from "node:path"
import { Data, Effect, Schema } from "effect"
import type { FileError } from "@diva/models"
import { isFolder, isThere } from "../../files/presence.ts"
import { readText } from "../../files/readText.ts"
import type { MmvpReport } from "./mmvpReport.ts"

/** A file is not the result of an evaluation. */
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
export const mmvpResultFile = Effect.fnUntraced(function* (given: string): Effect.fn.Return<string | undefined> {
  if (!(yield* isFolder(given))) return given.endsWith(".json") ? given : undefined
  const inside = path.join(given, resultName)
  return (yield* isThere(inside)) ? inside : undefined
})

const Two = <S extends Schema.Top>(member: S) => Schema.Tuple([member, member])

const Question = Schema.Struct({
  id: Schema.String,
  type: Schema.String,
  statement: Schema.String,
  file: Schema.String,
  imageSha256: Schema.String,
})

const Pair = Schema.Struct({
  questions: Two(Question),
  category: Schema.String,
  logits: Schema.NonEmptyArray(Two(Two(Schema.Finite))),
  solved: Schema.NonEmptyArray(Schema.Boolean),
}).check(
  Schema.makeFilter(({ logits, solved }) => logits.length === solved.length || "as many outcomes as draws are needed"),
)

/** What decides whether a result can be used; everything else in it is carried along. */
const Report = Schema.Struct({
  format: Schema.Literal("diva-mmvp"),
  version: Schema.Literal(1),
  subject: Schema.Record(Schema.String, Schema.Unknown),
  scorings: Schema.NonEmptyArray(
    Schema.Struct({
      rule: Schema.String,
      categories: Schema.Array(Schema.Unknown),
      pairs: Schema.NonEmptyArray(Pair),
    }),
  ),
})

/** Reads a result that `diva eval mmvp` wrote. Errors: `FileUnreadable`, `ResultInvalid`. */
export const readMmvpReport = Effect.fn("readMmvpReport")(function* (
  file: string,
): Effect.fn.Return<MmvpReport, FileError | ResultInvalid> {
  const text = yield* readText(file)
  const invalid = (rule: string) =>
    new ResultInvalid({ file, rule, remedy: "name a file that diva eval mmvp --out wrote, or its folder" })
  const value = yield* Effect.try({ try: () => JSON.parse(text) as unknown, catch: () => invalid("is not JSON") })
  if (!Schema.is(Report)(value)) return yield* invalid("is not a result of MMVP's pairs")
  return value as unknown as MmvpReport
})
