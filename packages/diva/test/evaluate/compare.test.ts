import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { compareMmvp, comparePairs, driftOf, mmvpResultFile, readMmvpReport, rescore, verdictOf } from "@diva/diva"
import { temporaryRoot } from "./benchmarkFolder.ts"
import { reportOf, scoringOf } from "./scoring.ts"

const first = (count: number) => (pair: number) => [pair < count]
const shifted = (count: number, by: number) => (pair: number) => [pair >= by && pair < count + by]

describe("a comparison of two models", () => {
  it("of a model with itself says: no difference", () => {
    const scoring = scoringOf(first(26))
    const { verdict, pValue, gained, lost, difference } = comparePairs(scoring, scoring)
    expect(verdict).toBe(
      "26 against 26 of 135 pairs; 95 % interval of the difference +0.0 … +0.0 points: no difference",
    )
    expect([pValue, gained.length, lost.length, difference.value]).toEqual([1, 0, 0, 0])
  })

  it("calls nine more pairs better where none were lost", () => {
    const { verdict, difference, gained, pValue, categories } = comparePairs(scoringOf(first(26)), scoringOf(first(35)))
    expect(verdict).toMatch(/^35 against 26 of 135 pairs; .* \+\d\.\d … \+11\.\d points: better$/)
    expect(difference.value).toBeCloseTo((100 * 9) / 135, 9)
    expect(gained.map(({ pair }) => pair.questions[0].id)).toEqual([
      "53",
      "55",
      "57",
      "59",
      "61",
      "63",
      "65",
      "67",
      "69",
    ])
    expect(pValue).toBeCloseTo(2 / 2 ** 9, 12)
    expect(categories[1]).toMatchObject({ before: 11, after: 15, gained: 4, lost: 0 })
  })

  it("says that pairs cannot tell where as many were lost as the interval allows", () => {
    const { verdict, gained, lost } = comparePairs(scoringOf(first(30)), scoringOf(shifted(33, 20)))
    expect([gained.length, lost.length]).toEqual([23, 20])
    expect(verdict).toMatch(/33 against 30 .* −.* … \+.* points: no difference that these pairs can show$/)
  })

  it("calls fewer pairs worse", () =>
    expect(comparePairs(scoringOf(first(35)), scoringOf(first(20))).verdict).toMatch(/: worse$/))

  it("counts pairs by the share of draws that solve them, and flips by most draws", () => {
    const before = scoringOf((pair) => [pair < 10, pair < 10, false])
    const after = scoringOf((pair) => [pair < 10, false, pair === 12])
    const { before: was, after: is, lost, gained } = comparePairs(before, after)
    expect(was).toBeCloseTo(20 / 3, 9)
    expect(is).toBeCloseTo(11 / 3, 9)
    expect([gained.length, lost.length]).toEqual([0, 10])
  })

  it("matches pairs by number, statement and image: what only one holds does not count", () => {
    const whole = scoringOf(first(26))
    const part = { ...whole, pairs: whole.pairs.slice(0, 100) }
    expect(comparePairs(whole, part).pairs).toBe(100)
  })

  it("compares ways of scoring by name", () => {
    const a = reportOf("a", scoringOf(first(1)), scoringOf(first(5), "diva openai"))
    const b = reportOf("b", scoringOf(first(9), "diva openai"))
    expect(compareMmvp(a, b).map(({ rule, before, after }) => [rule, before, after])).toEqual([["diva openai", 5, 9]])
  })

  it("never prints a difference without its interval", () =>
    expect(verdictOf(1, 2, 3, { value: 33, count: 3, interval: { low: -10, high: 80 }, method: "" })).toContain(
      "−10.0 … +80.0",
    ))
})

describe("a result file", () => {
  it("is read back as it was written, and scored again from its logits", async () => {
    const folder = temporaryRoot()
    const report = reportOf("a", scoringOf(first(26)))
    writeFileSync(join(folder, "mmvp.json"), JSON.stringify(report))
    const read = await Effect.runPromise(readMmvpReport((await Effect.runPromise(mmvpResultFile(folder)))!))
    expect(read).toEqual(JSON.parse(JSON.stringify(report)))
    expect(rescore(read.scorings[0]!).score.correct).toBe(26)
  })

  it("that an editor saved with a byte-order mark is read", async () => {
    const file = join(temporaryRoot(), "mmvp.json")
    const report = reportOf("a", scoringOf(first(26)))
    writeFileSync(file, `\ufeff${JSON.stringify(report, null, 2).replaceAll("\n", "\r\n")}`)
    expect(await Effect.runPromise(readMmvpReport(file))).toEqual(JSON.parse(JSON.stringify(report)))
  })

  it.each([
    ["nothing", "{}"],
    ["no JSON", "{"],
    ["half a pair", JSON.stringify(reportOf("a", scoringOf(first(3)))).replace('"solved":[true]', '"solved":[]')],
  ])("with %s is a typed error", async (_, text) => {
    const file = join(temporaryRoot(), "mmvp.json")
    writeFileSync(file, text)
    expect(await Effect.runPromise(Effect.flip(readMmvpReport(file)))).toMatchObject({ _tag: "ResultInvalid" })
  })
})

describe("drift of alignment", () => {
  const table = (...rows: readonly (readonly number[])[]) => ({ width: 2, values: Float32Array.from(rows.flat()) })
  const texts = table([1, 0], [0, 1])
  const images = table([1, 0.1], [0.2, 1], [1, 0.5])

  it("of nothing is 1 everywhere", () => {
    const drift = driftOf({ images, texts }, { images, texts })
    for (const { value, count } of [drift.images, drift.similarities, drift.agreement]) {
      expect(value).toBeCloseTo(1, 12)
      expect(count).toBe(3)
    }
  })

  it("does not change with the length of vectors, and sees an image that turned to another text", () => {
    const after = table([2, 0.2], [0.4, 2], [0.5, 1])
    const drift = driftOf({ images, texts }, { images: after, texts })
    expect(drift.images.value).toBeCloseTo((1 + 1 + 0.8) / 3, 6)
    expect(drift.agreement.value).toBeCloseTo(2 / 3, 12)
    expect(drift.similarities.value).toBeLessThan(0.95)
    expect(drift.images.interval.low).toBeLessThan(drift.images.value)
  })
})
