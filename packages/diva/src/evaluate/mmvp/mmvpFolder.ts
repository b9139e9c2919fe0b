import { createHash } from "node:crypto"
import * as path from "node:path"
import { Data, Effect } from "effect"
import { walkFolder } from "../../data/find/walkFolder.ts"
import { isThere, namesIn } from "../../files/presence.ts"
import { readText } from "../../files/readText.ts"
import { fromEither } from "../../fromEither.ts"
import { pairQuestions, parseQuestions, type CategoryRule, type Question, type QuestionPair } from "./questions.ts"

/** A folder is not a data set of the kind needed. */
export class DataSetInvalid extends Data.TaggedError("DataSetInvalid")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.folder}: ${this.rule}`
  }
}

/** MMVP's questions, and where their images lie. */
export interface MmvpData {
  readonly folder: string
  /** SHA-256 of the list of questions as it is stored. */
  readonly questionsHash: string
  readonly pairs: readonly QuestionPair[]
  /** The image of a question; undefined where there is none. */
  readonly imageFile: (question: Question) => string | undefined
}

/** The data set's own name, the original code's, and the README's. */
const imageFolders = ["MLLM_VLM Images", "MLLM_VLM_Images", "MMVP_VLM_Images"]
const questionFile = "Questions.csv"
const pictureName = /^(\d+)\.(jpe?g|png|webp)$/i

/** The folder that holds the questions: the one that is named, or `MMVP_VLM` or the like inside it. */
const rootOf = Effect.fnUntraced(function* (folder: string) {
  const names = yield* namesIn(folder)
  for (const candidate of [folder, ...names.map((name) => path.join(folder, name))])
    if ((yield* namesIn(candidate)).includes(questionFile)) return candidate
  return yield* new DataSetInvalid({
    folder,
    rule: (yield* isThere(folder)) ? `holds no ${questionFile}, nor does a folder inside it` : "is not there",
    remedy: "name the folder of MMVP-VLM: Questions.csv beside a folder of images",
  })
})

const imageRoot = Effect.fnUntraced(function* (root: string) {
  const names = yield* namesIn(root)
  const found = imageFolders.find((name) => names.includes(name))
  if (found !== undefined) return path.join(root, found)
  return yield* new DataSetInvalid({
    folder: root,
    rule: `holds no folder of images: none of ${imageFolders.join(", ")}`,
    remedy: "put the images beside Questions.csv under one of these names",
  })
})

/** Pictures by number; in several folders, by folder too. */
const picturesIn = Effect.fnUntraced(function* (root: string) {
  const found = new Map<string, string[]>()
  for (const { name } of yield* walkFolder(root, (one) => pictureName.test(one))) {
    const id = pictureName.exec(path.basename(name))?.[1]
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), path.join(root, name)])
  }
  return found
})

/** Folders are named as the list's `Type` says, with underscores for spaces or without. */
const folderName = (file: string): string => path.basename(path.dirname(file)).replaceAll("_", " ").toLowerCase()

const pictureOf =
  (pictures: ReadonlyMap<string, readonly string[]>) =>
  ({ id, type }: Question): string | undefined => {
    const files = pictures.get(id) ?? []
    const inOwnFolder = files.find((file) => folderName(file) === type.replaceAll("_", " ").toLowerCase())
    return inOwnFolder ?? (files.length === 1 ? files[0] : undefined)
  }

/**
 * Opens MMVP-VLM: the list of questions and the images of one of its three spellings. An image lies in the folder of its
 * question's type, or, if there is only one of its number, in any. Errors: `DataSetInvalid`, `QuestionsInvalid`,
 * `FileUnreadable`.
 */
export const openMmvp = Effect.fn("openMmvp")(function* (folder: string, rule: CategoryRule = "order") {
  const root = yield* rootOf(folder)
  const file = path.join(root, questionFile)
  const text = yield* readText(file)
  const questions = yield* fromEither(parseQuestions(text, file))
  const pairs = yield* fromEither(pairQuestions(questions, rule, file))
  const data: MmvpData = {
    folder: root,
    questionsHash: createHash("sha256").update(text).digest("hex"),
    pairs,
    imageFile: pictureOf(yield* picturesIn(yield* imageRoot(root))),
  }
  return data
})
