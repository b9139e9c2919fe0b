import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { decodeImage } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it, vi } from "vitest"
import { embedImages, imagesOfPage, mmvpPage, summariseMmvp, type MmvpReport, type ReportedScoring } from "@diva/diva"
import { temporaryRoot } from "./benchmarkFolder.ts"
import { chromium, headless } from "./browser.ts"
import { reportOf, scoringOf } from "./scoring.ts"
import { smallPictures } from "./smallClip.ts"

vi.setConfig({ testTimeout: 120_000 })

/** A result whose numbers follow from its pairs. */
const summed = (scoring: ReportedScoring): ReportedScoring => {
  const pairs = scoring.pairs.map((pair, i) => ({
    ...pair,
    category: Math.floor(i / 15),
    outcomes: pair.solved.map((correct) => ({ correct })),
  }))
  const scores = Array.from({ length: scoring.draws }, (_, draw) => ({
    categories: scoring.categories.map(({ name }, c) => ({
      name,
      correct: pairs.filter(({ category, solved }) => category === c && solved[draw]).length,
      pairs: 15,
    })),
    correct: pairs.filter(({ solved }) => solved[draw]).length,
    average: (100 * pairs.filter(({ solved }) => solved[draw]).length) / 135,
  }))
  const evaluation = { pairs, scores, draws: scoring.draws } as never
  return {
    ...scoring,
    ...summariseMmvp(evaluation),
    averages: scores.map(({ average }) => average),
    correct: scores.map(({ correct }) => correct),
  }
}

const reports = (folder: string): readonly [MmvpReport, MmvpReport] => {
  const pictures = smallPictures()
  const at = (scoring: ReportedScoring): ReportedScoring => ({
    ...scoring,
    pairs: scoring.pairs.map((pair) => ({
      ...pair,
      questions: pair.questions.map((question) => ({ ...question, file: join(folder, question.file) })) as never,
    })),
  })
  for (const [i, picture] of pictures.entries()) writeFileSync(join(folder, `${i + 1}.jpg`), picture)
  const drawing = (from: number) => (pair: number) => [pair > from, pair > from + 3, pair > from - 2]
  const before = [scoringOf((pair) => [pair % 4 === 0]), scoringOf(drawing(100), "diva openai")]
  const after = [scoringOf((pair) => [pair % 3 === 0 && pair > 3]), scoringOf(drawing(90), "diva openai")]
  return [
    reportOf('stock <weights> & "more"', ...before.map(at).map(summed)),
    reportOf("runs/mine", ...after.map(at).map(summed)),
  ]
}

const makePage = async (): Promise<{ readonly file: string; readonly html: string }> => {
  const folder = temporaryRoot()
  const [before, after] = reports(folder)
  const images = await Effect.runPromise(embedImages(imagesOfPage(before, after)))
  const html = mmvpPage({ before, after, images })
  const file = join(folder, "page.html")
  writeFileSync(file, html)
  return { file, html }
}

describe("the page of two results", () => {
  it("needs nothing from elsewhere, and shows names as they are", async () => {
    const { html } = await makePage()
    expect(html).not.toMatch(/(src|href)="(?!data:)/)
    expect(html).not.toMatch(/<script|@import|url\(/)
    expect(html).toContain("stock &lt;weights&gt; &amp; &quot;more&quot;")
    expect(html).toContain("percent of pairs solved [95 % interval]")
    expect(html).toContain("Reliability of draws")
  })

  it("embeds the images of pairs that turned, and says which are not at hand", async () => {
    const { html } = await makePage()
    expect(html.match(/<img src="data:image\/jpeg/g)!.length).toBeGreaterThan(4)
    expect(html).toContain("image 209 is not at hand")
  })

  it("of one result has no comparison", async () => {
    const [before] = reports(temporaryRoot())
    expect(mmvpPage({ after: before, images: new Map() })).not.toContain("Pairs that turned")
  })
})

describe.skipIf(chromium === undefined)("the page in a browser", () => {
  it("is laid out with its radar, its table and its images, without an error", async () => {
    const { file } = await makePage()
    const dom = await headless("--dump-dom", `file://${file}`)
    for (const mark of ['class="radar"', 'class="draws"', "<table>", "</html>"]) expect(dom).toContain(mark)
    expect(dom.match(/<polygon/g)!.length).toBe(5 + 4)
    expect(dom.match(/class="total"/g)).toHaveLength(1)
  })

  it("shows ink and colours where they belong", async () => {
    const { file } = await makePage()
    const picture = join(temporaryRoot(), "page.png")
    await headless("--force-color-profile=srgb", "--window-size=1080,1400", `--screenshot=${picture}`, `file://${file}`)
    const decoded = await decodeImage(readFileSync(picture), picture)()
    const image = E.isRight(decoded) ? decoded.right : undefined
    expect([image!.width, image!.height]).toEqual([1080, 1400])
    const colours = new Set<string>()
    for (let i = 0; i < image!.data.length; i += 3) colours.add(image!.data.subarray(i, i + 3).join(","))
    for (const colour of ["59,111,212", "217,121,43", "47,158,110", "162,75,191"]) expect(colours).toContain(colour)
  })
})
