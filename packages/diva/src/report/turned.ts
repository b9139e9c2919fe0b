import * as path from "node:path"
import { Effect } from "effect"
import { embedImages } from "../evaluate/page/embedImages.ts"
import { imagesOfPage } from "../evaluate/page/mmvpPage.ts"
import type { PageImages } from "../evaluate/page/pairCards.ts"
import { compareMmvp, type PairComparison } from "../evaluate/compare/comparePairs.ts"
import type { MmvpReport } from "../evaluate/mmvp/mmvpReport.ts"
import { readMmvpReport } from "../evaluate/mmvp/readMmvpReport.ts"
import { isThere } from "../files/presence.ts"

/** Pairs that a run's CLIP solves and the one it began with does not, or the other way round. */
export interface TurnedPairs {
  readonly comparisons: readonly PairComparison[]
  /** Data addresses of their pictures. */
  readonly images: PageImages
}

/** Where results on MMVP's pairs lie in a run's folder: of the CLIP it began with, and of its own. */
export const turnedFiles = (folder: string) => ({
  before: path.join(folder, "mmvp-before.json"),
  after: path.join(folder, "mmvp.json"),
})

const turnedOf = (before: MmvpReport, after: MmvpReport): Effect.Effect<TurnedPairs> =>
  Effect.map(embedImages(imagesOfPage(before, after)), (images) => ({
    comparisons: compareMmvp(before, after),
    images,
  }))

/** The pairs that turned in a run, where both results are in its folder. Errors: `FileUnreadable`, `ResultInvalid`. */
export const readTurned = Effect.fn("readTurned")(function* (folder: string) {
  const { before, after } = turnedFiles(folder)
  if (!(yield* isThere(before)) || !(yield* isThere(after))) return undefined
  return yield* turnedOf(yield* readMmvpReport(before), yield* readMmvpReport(after))
})
