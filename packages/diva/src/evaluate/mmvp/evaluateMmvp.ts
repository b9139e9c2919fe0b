import { Effect } from "effect"
import { BadSample } from "../../data/sample.ts"
import { readBytes } from "../../files/readText.ts"
import { dot, vectorAt, type VectorTable } from "../features/vectorTable.ts"
import { Features, type DescribedImage } from "../features/features.ts"
import { keyOf } from "../features/vectorCache.ts"
import type { Picture } from "../features/picture.ts"
import type { ScoringRule, Temperature } from "../rules/scoringRule.ts"
import { meanOf } from "../statistics/studentT.ts"
import { scaled, type Estimate } from "../statistics/interval.ts"
import { wilson } from "../statistics/wilson.ts"
import { bootstrap } from "../statistics/bootstrap.ts"
import type { MmvpData } from "./mmvpFolder.ts"
import {
  scoreMmvp,
  scorePair,
  type MmvpScore,
  type PairLogits,
  type PairOutcome,
  type TextLogits,
} from "./pairScore.ts"
import type { Question, QuestionPair } from "./questions.ts"

/** The original's prompt. */
const prompt = "a photo of "

export interface EvaluateMmvp {
  readonly data: MmvpData
  readonly rule: ScoringRule
  /** Where draws of patches begin; 42. */
  readonly seed?: number
  /** Repetitions with other draws; 1, and always 1 for rules that draw nothing. */
  readonly draws?: number
}

/** One question of a scored pair. */
export interface ScoredQuestion extends Question {
  readonly file: string
  readonly imageSha256: string
}

/** A pair and its logits in every draw. */
export interface ScoredPair {
  readonly questions: readonly [ScoredQuestion, ScoredQuestion]
  readonly category: number
  readonly logits: readonly PairLogits[]
  /** In the order of `logits`. */
  readonly outcomes: readonly PairOutcome[]
}

/** MMVP's scores of one model under one rule. */
export interface MmvpEvaluation {
  readonly rule: string
  readonly seed: number
  readonly draws: number
  readonly pairs: readonly ScoredPair[]
  /** One for each draw. */
  readonly scores: readonly MmvpScore[]
  /** Pairs left out because an image is missing or damaged. */
  readonly skippedPairs: number
  readonly skipped: readonly string[]
  readonly questionsSha256: string
  /** Over the bytes of all images that were scored. */
  readonly imagesSha256: string
}

const pictureOf =
  ({ imageFile }: MmvpData) =>
  (question: Question): Picture<Question> => {
    const file = imageFile(question)
    const name = file ?? question.id
    if (file === undefined) {
      const missing = new BadSample({ shard: "images", key: question.id, rule: "there is no image with this number" })
      return { name, read: Effect.fail(missing) }
    }
    return { name, read: Effect.map(readBytes(file), (bytes) => ({ bytes, about: question })) }
  }

/** Both images of every pair, in order. */
export const picturesOfMmvp = (data: MmvpData): readonly Picture<Question>[] =>
  data.pairs.flatMap(({ questions }) => questions.map(pictureOf(data)))

type Described = DescribedImage<Question>

/** In one draw each of a pair's texts sees patches of its own, as in the original, which draws again for every text. */
const vectorOf = ({ vectors }: Described, draw: number, text: number, drawing: boolean) =>
  vectorAt(vectors, drawing ? 2 * draw + text : 0)

const logitsOf = (
  [first, second]: readonly [Described, Described],
  texts: readonly [Float32Array, Float32Array],
  draw: number,
  { drawn, logit }: ScoringRule,
  temperature: Temperature,
): PairLogits => {
  const one = (image: Described, text: 0 | 1): number =>
    logit(dot(vectorOf(image, draw, text, drawn !== undefined), texts[text]), temperature)
  const ofText = (text: 0 | 1): TextLogits => [one(first, text), one(second, text)]
  return [ofText(0), ofText(1)]
}

const scoredQuestion = ({ about, name, sha256 }: Described): ScoredQuestion => ({
  ...about,
  file: name,
  imageSha256: sha256,
})

interface Found {
  readonly images: readonly (Described | undefined)[]
  readonly texts: VectorTable
}

const scorePairs = (
  pairs: readonly QuestionPair[],
  { images, texts }: Found,
  draws: number,
  rule: ScoringRule,
  temperature: Temperature,
) =>
  pairs.flatMap(({ category }, i): readonly ScoredPair[] => {
    const [first, second] = [images[2 * i], images[2 * i + 1]]
    if (first === undefined || second === undefined) return []
    const [qid1, qid2] = [first.about.id, second.about.id]
    const vectors = [vectorAt(texts, 2 * i), vectorAt(texts, 2 * i + 1)] as const
    const logits = Array.from({ length: draws }, (_, draw) =>
      logitsOf([first, second], vectors, draw, rule, temperature),
    )
    return [
      {
        questions: [scoredQuestion(first), scoredQuestion(second)],
        category,
        logits,
        outcomes: logits.map((each) => scorePair({ qid1, qid2, category }, each)),
      },
    ]
  })

/**
 * Scores a model on MMVP-VLM. Pairs with a missing or damaged image are left out and counted.
 * Errors: those of `Features`.
 */
export const evaluateMmvp = Effect.fn("evaluateMmvp")(function* ({ data, rule, seed = 42, draws = 1 }: EvaluateMmvp) {
  const features = yield* Features
  const questions = data.pairs.flatMap((pair) => pair.questions)
  const repeated = rule.drawn === undefined ? 1 : draws
  const texts = yield* features.texts(questions.map(({ statement }) => [`${prompt}${statement}`]))
  const { images, skipped } = yield* features.images({
    pictures: picturesOfMmvp(data),
    rule,
    seed,
    draws: 2 * repeated,
  })
  const pairs = scorePairs(data.pairs, { images, texts }, repeated, rule, features.identity.temperature)
  const evaluation: MmvpEvaluation = {
    rule: rule.title,
    seed,
    draws: repeated,
    pairs,
    scores: Array.from({ length: repeated }, (_, draw) => scoreMmvp(pairs.map(({ outcomes }) => outcomes[draw]!))),
    skippedPairs: data.pairs.length - pairs.length,
    skipped: skipped.map(({ message }) => message),
    questionsSha256: data.questionsHash,
    imagesSha256: keyOf(...images.flatMap((image) => image?.sha256 ?? [])),
  }
  return evaluation
})

/** The mean over categories of the share of solved pairs among the given ones, in percent. */
const averageOf = (pairs: readonly ScoredPair[], units: Uint32Array): number => {
  const [solved, count] = [new Float64Array(9), new Float64Array(9)]
  for (const unit of units) {
    const { category, outcomes } = pairs[unit]!
    count[category]!++
    solved[category]! += outcomes.filter(({ correct }) => correct).length / outcomes.length
  }
  const shares = [...solved].flatMap((sum, i) => (count[i]! > 0 ? [sum / count[i]!] : []))
  return (100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length
}

/** What is known of a score: how far it would scatter over other pairs, and how well it is known over draws. */
export interface MmvpSummary {
  /** Mean of the categories' percentages (and over draws), with a bootstrap interval over pairs. */
  readonly average: Estimate
  /** The same with Student's interval over draws, where there are several. */
  readonly overDraws: Estimate | undefined
  /** Percentages of the categories, of the mean over draws, with Wilson's interval over pairs. */
  readonly categories: readonly { readonly name: string; readonly estimate: Estimate }[]
}

/** Summarises an evaluation. */
export const summariseMmvp = ({ pairs, scores, draws }: MmvpEvaluation): MmvpSummary => ({
  average: bootstrap(pairs.length, (units) => averageOf(pairs, units)),
  overDraws: draws > 1 ? meanOf(scores.map(({ average }) => average)) : undefined,
  categories: scores[0]!.categories.map(({ name, pairs: count }, i) => ({
    name,
    estimate: scaled(
      100,
      wilson(scores.reduce((sum, { categories }) => sum + categories[i]!.correct, 0) / scores.length, count),
    ),
  })),
})
