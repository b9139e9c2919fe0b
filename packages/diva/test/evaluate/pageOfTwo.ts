import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { beforeAll } from "vitest"
import { embedImages, imagesOfPage, mmvpPage, summariseMmvp, type MmvpReport, type ReportedScoring } from "@diva/diva"
import { reportOf, scoringOf } from "./scoring.ts"
import { smallPictures } from "./smallClip.ts"

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

/** Before and after, with pictures in a folder. */
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

/** The page of both results, and what it was made of. */
export interface PageOfTwo {
  readonly file: string
  readonly html: string
  readonly before: MmvpReport
  readonly after: MmvpReport
}

/** Makes the page for all tests of a suite, in a folder of its own. */
export const pageForAll = (): { readonly page: PageOfTwo } => {
  const made: { page: PageOfTwo } = { page: undefined as never }
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "diva-page-"))
    made.page = await makePage(folder)
    return () => rmSync(folder, { recursive: true, force: true })
  })
  return made
}

const makePage = async (folder: string): Promise<PageOfTwo> => {
  const [before, after] = reports(folder)
  const images = await Effect.runPromise(embedImages(imagesOfPage(before, after)))
  const html = mmvpPage({ before, after, images })
  const file = join(folder, "page.html")
  writeFileSync(file, html)
  return { file, html, before, after }
}
