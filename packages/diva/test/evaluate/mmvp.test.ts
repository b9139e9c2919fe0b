import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it, onTestFinished } from "vitest"
import {
  categories,
  categoryOf,
  drawShares,
  firstProbability,
  float32Text,
  openMmvp,
  pairQuestions,
  parseQuestions,
  predictionsCsv,
  predResult,
  scoreMmvp,
  scorePair,
  type PairLogits,
} from "@diva/diva"

const list = (rows: readonly string[]): string => ["Question ID,Type,Statement", ...rows].join("\r\n")

const parsed = (rows: readonly string[]) => parseQuestions(list(rows), "Questions.csv")

const rows = (pairs: number): readonly string[] =>
  Array.from({ length: 2 * pairs }, (_, i) => `${i + 1},${categories[i % 9]!.name},"statement, ""${i + 1}"""`)

const pairsOf = (count: number, rule: "order" | "type" = "order") => {
  const questions = parsed(rows(count))
  return E.isRight(questions) ? pairQuestions(questions.right, rule, "Questions.csv") : questions
}

describe("the choice between two images", () => {
  it("is image 2 where both are equally likely", () => {
    expect(firstProbability([3, 3])).toBe(0.5)
    const logits: PairLogits = [
      [3, 3],
      [3, 3],
    ]
    expect(scorePair({ qid1: "1", qid2: "2", category: 0 }, logits)).toMatchObject({
      pred1: "img2",
      pred2: "img2",
      correct: false,
    })
  })

  it("needs both texts to be right", () => {
    const right: PairLogits = [
      [2, 1],
      [1, 2],
    ]
    const score = (logits: PairLogits) => scorePair({ qid1: "1", qid2: "2", category: 0 }, logits).correct
    expect(score(right)).toBe(true)
    expect(score([right[0], right[0]])).toBe(false)
    expect(score([right[1], right[0]])).toBe(false)
  })

  it("asks odd questions for the first image and even ones for the second, whatever their order", () => {
    const logits: PairLogits = [
      [1, 2],
      [2, 1],
    ]
    expect(scorePair({ qid1: "2", qid2: "1", category: 0 }, logits)).toMatchObject({ gt1: "img2", correct: true })
  })
})

describe("MMVP's questions", () => {
  it.each([1, 2, 15])("with %i pairs in a category are nine categories in order, whatever their type", (size) => {
    const pairs = pairsOf(9 * size)
    expect(E.isRight(pairs) && pairs.right.map(({ category }) => category)).toEqual(
      Array.from({ length: 9 * size }, (_, i) => Math.floor(i / size)),
    )
  })

  it("go to the category of their type where that is asked for, uneven categories included", () => {
    const pairs = pairsOf(10, "type")
    expect(E.isRight(pairs) && pairs.right.map(({ category }) => category)).toEqual([0, 2, 4, 6, 8, 1, 3, 5, 7, 0])
  })

  it.each([
    ["Structural Characteristics", 6],
    ["Structural and Physical Characteristics", 6],
    ["Structural Character", 6],
    ["Camera_Perspective", 8],
    ["camera perspective", 8],
    ["Spatial", 4],
    ["Text", 7],
    ["Taste", undefined],
  ])("know the label %s", (label, category) => expect(categoryOf(label)).toBe(category))

  it("keep commas and quotes of a statement", () => {
    const questions = parsed(rows(9))
    expect(E.isRight(questions) && questions.right[4]!.statement).toBe('statement, "5"')
  })

  it.each([
    ["an odd number of rows", rows(9).slice(1), /17 questions cannot be paired/],
    ["no row", [], /holds no question/],
    ["pairs that do not split in nine", rows(10), /10 pairs cannot be split/],
    ["a number twice", [...rows(9).slice(0, 17), rows(9)[3]!], /question 4 is already in row 4/],
    ["no statement", ["1,Text,", "2,Text,b"], /question 1 has no statement/],
    ["a column missing", ["1,Text"], /has 2 columns/],
    ["a number that is none", ["1,Text,a", "two,Text,b"], /"two" is not a whole number/],
    ["an open quote", ['1,Text,"a'], /never closed/],
  ])("with %s are refused by a typed error", (_, body, message) => {
    const read = parsed(body)
    const found = E.isRight(read) ? pairQuestions(read.right, "order", "Questions.csv") : read
    expect(E.isLeft(found) && found.left._tag).toBe("QuestionsInvalid")
    expect(E.isLeft(found) && found.left.message).toMatch(message)
    expect(E.isLeft(found) && found.left.remedy).not.toBe("")
  })

  it("of an unknown category are refused by type and suggest a known one, and pass by order", () => {
    const body = rows(9).map((row) => row.replace("Color and Appearance", "Color and Appearence"))
    const questions = parsed(body)
    const byType = E.isRight(questions) ? pairQuestions(questions.right, "type", "f") : questions
    expect(E.isLeft(byType) && byType.left).toMatchObject({ row: 15, remedy: 'did you mean "Color and Appearance"?' })
    expect(E.isRight(questions) && E.isRight(pairQuestions(questions.right, "order", "f"))).toBe(true)
  })
})

describe("MMVP's folder", () => {
  const folderWith = (images: string, place: (i: number) => string): string => {
    const folder = mkdtempSync(join(tmpdir(), "diva-mmvp-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const i of Array.from({ length: 18 }, (_, index) => index + 1)) {
      const file = join(folder, images, place(i))
      mkdirSync(join(file, ".."), { recursive: true })
      writeFileSync(file, "")
    }
    writeFileSync(join(folder, "Questions.csv"), list(rows(9)))
    return folder
  }
  const typed = (i: number): string => `${categories[(i - 1) % 9]!.name.replaceAll(" ", "_")}/${i}.jpg`

  it.each(["MLLM_VLM Images", "MLLM_VLM_Images", "MMVP_VLM_Images"])("opens with images under %s", async (name) => {
    const data = await Effect.runPromise(openMmvp(folderWith(name, typed)))
    const files = data.pairs.flatMap(({ questions }) => questions.map(data.imageFile))
    expect(files.every((file, i) => file?.endsWith(`/${i + 1}.jpg`) === true)).toBe(true)
  })

  it("opens from the folder above, and says which image is missing", async () => {
    const folder = folderWith("MLLM_VLM_Images", typed)
    rmSync(join(folder, "MLLM_VLM_Images", typed(3)))
    const data = await Effect.runPromise(openMmvp(join(folder, ".")))
    expect(data.imageFile(data.pairs[1]!.questions[0])).toBeUndefined()
  })

  it("opens with categories that are links, beside what other systems leave, from a list that Windows tools wrote", async () => {
    const folder = folderWith("MLLM_VLM_Images", typed)
    const category = typed(1).split("/")[0]!
    renameSync(join(folder, "MLLM_VLM_Images", category), join(folder, "elsewhere"))
    symlinkSync(join(folder, "elsewhere"), join(folder, "MLLM_VLM_Images", category))
    symlinkSync(folder, join(folder, "elsewhere", "around"))
    writeFileSync(join(folder, "elsewhere", "._1.jpg"), "")
    const csv = `\ufeff${list(rows(9)).replaceAll("\n", "\r\n")}`
    writeFileSync(join(folder, "Questions.csv"), Buffer.from(csv, "utf16le"))
    const data = await Effect.runPromise(openMmvp(folder))
    const files = data.pairs.flatMap(({ questions }) => questions.map(data.imageFile))
    expect(files.every((file, i) => file?.endsWith(`/${i + 1}.jpg`) === true)).toBe(true)
  })

  it.each([
    ["without questions", "Questions.csv"],
    ["without images", "MLLM_VLM_Images"],
  ])("%s is refused by a typed error", async (_, name) => {
    const folder = folderWith("MLLM_VLM_Images", typed)
    rmSync(join(folder, name), { recursive: true })
    const error = await Effect.runPromise(Effect.flip(openMmvp(folder)))
    expect(error._tag).toBe("DataSetInvalid")
  })

  it("a folder that is not there is told from one without questions", async () => {
    const folder = folderWith("MLLM_VLM_Images", typed)
    const refused = (path: string) => Effect.runPromise(Effect.flip(openMmvp(path)))
    expect(await refused(join(folder, "nowhere"))).toMatchObject({ rule: "is not there" })
    expect(await refused(join(folder, "MLLM_VLM_Images"))).toMatchObject({ rule: expect.stringMatching(/^holds no Q/) })
  })
})

describe("the original's files", () => {
  const outcomes = [0, 1, 2].map((i) =>
    scorePair({ qid1: String(2 * i + 1), qid2: String(2 * i + 2), category: i % 2 }, [
      [2, i],
      [0, 2],
    ]),
  )

  it("have its columns and NumPy's digits", () =>
    expect(predictionsCsv(outcomes).split("\r\n").slice(0, 3)).toEqual([
      "qid1,qid2,pred1,pred2,gt1,gt2,q1score,q2score",
      "1,2,img1,img2,img1,img2,0.880797,0.11920292",
      "3,4,img1,img2,img1,img2,0.7310586,0.11920292",
    ]))

  it.each([
    [0.79659915, "0.79659915"],
    [1.6986515e-15, "1.6986515e-15"],
    [1, "1.0"],
    [0.5, "0.5"],
    [0.00012207031, "0.00012207031"],
    [3.87857e-27, "3.87857e-27"],
  ])("write %d as NumPy does", (x, text) => expect(float32Text(Math.fround(x))).toBe(text))

  it("hold percentages by category and their mean over the categories that have pairs", () => {
    const score = scoreMmvp(outcomes)
    expect(predResult({ label: "x", before: score })).toEqual({
      results_before: {
        x: { "Orientation and Direction": 50, "Presence of Specific Features": 100, average_score: 75 },
      },
    })
  })
})

describe("draws of patches", () => {
  const image = 5
  const size = { drawn: 76, patches: 256 }

  it("are functions of seed, image and number, and sum to one", () => {
    const shares = drawShares(42, image, 0, size)
    expect(shares).toEqual(drawShares(42, image, 0, size))
    expect(shares.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5)
    for (const other of [drawShares(43, image, 0, size), drawShares(42, image, 1, size)])
      expect(other).not.toEqual(shares)
    expect(drawShares(42, image + 1, 0, size)).not.toEqual(shares)
  })

  it("meet as many distinct patches as draws with replacement do: 65.9 of 256", () => {
    const distinct = Array.from({ length: 200 }, (_, i) => drawShares(1, image, i, size).filter((x) => x > 0).length)
    expect(Math.abs(distinct.reduce((sum, x) => sum + x, 0) / 200 - 65.9)).toBeLessThan(1)
  })
})
