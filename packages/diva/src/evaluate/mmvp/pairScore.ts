import { categories } from "./categories.ts"

/** Logits of one text for the two images of its pair. */
export type TextLogits = readonly [image1: number, image2: number]

/** Logits of both texts of a pair. */
export type PairLogits = readonly [text1: TextLogits, text2: TextLogits]

export type Choice = "img1" | "img2"

/** A pair as its questions describe it. */
export interface PairOfQuestions {
  readonly qid1: string
  readonly qid2: string
  /** Number of the pair's category. */
  readonly category: number
}

/** What became of a pair, under the names of the original's columns. */
export interface PairOutcome {
  readonly qid1: string
  readonly qid2: string
  readonly pred1: Choice
  readonly pred2: Choice
  readonly gt1: Choice
  readonly gt2: Choice
  /** Probability of image 1 for each text, in f32. */
  readonly q1score: number
  readonly q2score: number
  readonly category: number
  readonly correct: boolean
}

const exponential = (x: number): number => Math.fround(Math.exp(Math.fround(x)))

/** Softmax over two images, each step rounded to f32 as the original's tensors are; the probability of the first. */
export const firstProbability = ([image1, image2]: TextLogits): number => {
  const largest = Math.max(image1, image2)
  const [e1, e2] = [exponential(image1 - largest), exponential(image2 - largest)]
  return Math.fround(e1 / Math.fround(e1 + e2))
}

/** Image 1 only if it is more likely: a tie is image 2. */
const chosen = (probability: number): Choice => (probability > 0.5 ? "img1" : "img2")

/** Odd numbers ask for the first image of their pair, even ones for the second. */
const asked = (id: string): Choice => (Number(id) % 2 === 1 ? "img1" : "img2")

/** A pair counts only if both texts pick the right image. Source: tsb0601/MMVP scripts/evaluate_vlm.py. */
export const scorePair = ({ qid1, qid2, category }: PairOfQuestions, [text1, text2]: PairLogits): PairOutcome => {
  const [q1score, q2score] = [firstProbability(text1), firstProbability(text2)]
  const [pred1, pred2, gt1, gt2] = [chosen(q1score), chosen(q2score), asked(qid1), asked(qid2)]
  const correct = pred1 === gt1 && pred2 === gt2
  return { qid1, qid2, pred1, pred2, gt1, gt2, q1score, q2score, category, correct }
}

/** Pairs solved in one category. */
export interface CategoryScore {
  readonly name: string
  readonly correct: number
  readonly pairs: number
  /** Not a number where the category has no pairs. */
  readonly percent: number
}

/** MMVP's score of one way of scoring. */
export interface MmvpScore {
  readonly categories: readonly CategoryScore[]
  readonly correct: number
  readonly pairs: number
  /** Mean of the categories' percentages; categories without pairs do not count. */
  readonly average: number
}

const categoryScore = (outcomes: readonly PairOutcome[], index: number): CategoryScore => {
  const own = outcomes.filter(({ category }) => category === index)
  const correct = own.filter((outcome) => outcome.correct).length
  return { name: categories[index]!.name, correct, pairs: own.length, percent: (100 * correct) / own.length }
}

/** The nine categories' percentages and their mean. */
export const scoreMmvp = (outcomes: readonly PairOutcome[]): MmvpScore => {
  const scores = categories.map((_, index) => categoryScore(outcomes, index))
  const present = scores.filter(({ pairs }) => pairs > 0)
  return {
    categories: scores,
    correct: outcomes.filter(({ correct }) => correct).length,
    pairs: outcomes.length,
    average: present.reduce((sum, { percent }) => sum + percent, 0) / present.length,
  }
}
