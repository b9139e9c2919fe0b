import { categories, type MmvpReport, type ReportedPair, type ReportedScoring } from "@diva/diva"

const question = (id: number) => ({
  id: String(id),
  type: "x",
  statement: `statement ${id}`,
  file: `${id}.jpg`,
  imageSha256: String(id).padStart(64, "0"),
})

const pairOf = (i: number, solved: readonly boolean[]): ReportedPair => ({
  questions: [question(2 * i + 1), question(2 * i + 2)],
  category: categories[Math.floor(i / 15) % 9]!.name,
  logits: solved.map((each) => [
    [each ? 1 : 0, 0.5],
    [0, 1],
  ]),
  solved,
})

const nothing = { value: 0, count: 0, interval: { low: 0, high: 0 }, method: "" }

/** A result of 135 pairs of which `solved` says, draw by draw, which are solved. */
export const scoringOf = (solved: (pair: number) => readonly boolean[], rule = "stock"): ReportedScoring => ({
  rule,
  seed: 42,
  draws: solved(0).length,
  averages: [],
  correct: [],
  skippedPairs: 0,
  skipped: [],
  average: nothing,
  overDraws: undefined,
  categories: categories.map(({ name }) => ({ name, estimate: nothing })),
  pairs: Array.from({ length: 135 }, (_, i) => pairOf(i, solved(i))),
})

export const reportOf = (model: string, ...scorings: readonly ReportedScoring[]): MmvpReport => ({
  format: "diva-mmvp",
  version: 1,
  subject: {
    model,
    row: "openai-l14-224",
    flavour: "openai",
    imageWeightsSha256: null,
    textWeightsSha256: null,
    preprocessing: "",
    adapter: "none",
    precision: "f32",
    versions: {},
  },
  categoryRule: "order",
  questionsSha256: "",
  imagesSha256: "",
  scorings,
})
