import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import {
  classify,
  imageRanks,
  meanAveragePrecision,
  meanPerClassRecall,
  recallAt,
  textRanks,
  topK,
  type ScoreTable,
} from "@diva/diva"

const golden = JSON.parse(
  readFileSync(new URL("../golden/scores/zeroShotScores.json", import.meta.url), "utf8"),
) as Record<"single" | "multilabel" | "retrieval", Record<string, never>>

const tableOf = (rows: readonly (readonly number[])[]): ScoreTable => ({
  rows: rows.length,
  columns: rows[0]!.length,
  values: Float64Array.from(rows.flat()),
})

const transposed = (rows: readonly (readonly number[])[]): readonly (readonly number[])[] =>
  rows[0]!.map((_, column) => rows.map((row) => row[column]!))

const few = { resamples: 200 }

describe("zero-shot scores of tables with ties, empty classes and images without texts", () => {
  const { logits, labels, ...single } = golden.single
  const classified = classify(tableOf(logits!), labels!)

  it.each([1, 5])("top-%i equals NumPy's", (k) => {
    expect(topK(classified, k).value).toBeCloseTo(single[`acc${k}`]!, 12)
    expect(topK(classified, k).count).toBe(60)
  })

  it("mean per-class recall leaves out classes without images, as NumPy's does", () => {
    const { value, interval } = meanPerClassRecall(classified, few)
    expect(value).toBeCloseTo(single["mean_per_class_recall"]!, 12)
    expect(interval.low).toBeLessThan(value)
    expect(interval.high).toBeGreaterThan(value)
  })

  it("mean average precision counts classes without images as 0, as NumPy's does", () => {
    const { logits: scores, targets, mean_average_precision: want } = golden.multilabel
    const { value, interval } = meanAveragePrecision(tableOf(scores!), (targets! as number[][]).flat(), few)
    expect(value).toBeCloseTo(want!, 12)
    expect(interval.low).toBeLessThan(value)
    expect(interval.high).toBeGreaterThan(value)
  })

  const { similarities, image_of: imageOf, ...recalls } = golden.retrieval
  const textsOf = Array.from({ length: 12 }, (_, image) =>
    (imageOf! as number[]).flatMap((each, text) => (each === image ? [text] : [])),
  )

  it.each([1, 5, 10])("recall at %i both ways equals NumPy's", (k) => {
    const images = recallAt(imageRanks(tableOf(similarities!), imageOf!), k)
    const texts = recallAt(textRanks(tableOf(transposed(similarities!)), textsOf), k)
    expect(images.value).toBeCloseTo(recalls[`image_retrieval_recall@${k}`]!, 12)
    expect(texts.value).toBeCloseTo(recalls[`text_retrieval_recall@${k}`]!, 12)
    expect([images.count, texts.count]).toEqual([33, 12])
  })
})
