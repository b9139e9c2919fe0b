import type { Estimate } from "../statistics/interval.ts"
import { wilson } from "../statistics/wilson.ts"
import { rankOf, type ScoreTable } from "./ranks.ts"

/** Where each query's first right answer stands, counted from 0. */
export interface Retrieved {
  /** For each text, the rank of its image among all images. */
  readonly imageRanks: readonly number[]
  /** For each image, the best rank of its texts among all texts. */
  readonly textRanks: readonly number[]
}

/** Ranks of right answers. similarities: [texts, images]; `imageOf`: the image each text belongs to. */
export const imageRanks = (similarities: ScoreTable, imageOf: readonly number[]): readonly number[] =>
  imageOf.map((image, text) => rankOf(similarities, text, image))

/** Best ranks of each image's texts. similarities: [images, texts]; an image without texts has none to find. */
export const textRanks = (similarities: ScoreTable, textsOf: readonly (readonly number[])[]): readonly number[] =>
  textsOf.map((texts, image) => Math.min(...texts.map((text) => rankOf(similarities, image, text))))

/** Share of queries whose first right answer is among the first k: 1 for a query however many of its answers are there. */
export const recallAt = (ranks: readonly number[], k: number): Estimate =>
  wilson(ranks.filter((rank) => rank < k).length, ranks.length)
