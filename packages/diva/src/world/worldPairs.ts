import { encodeJpeg } from "@diva/models"
import { Effect } from "effect"
import { drawScene, type PatternName, patternNames, type ScenePair, scenePair } from "../scenes/index.ts"
import { Features, type FeaturesError } from "../evaluate/features/features.ts"
import { dot, vectorAt } from "../evaluate/features/vectorTable.ts"
import { stockRule } from "../evaluate/rules/flavours.ts"
import { doing } from "../doing.ts"

/** A pair of scenes as pictures. */
export interface PicturedPair {
  readonly pattern: PatternName
  /** Number of the pair among those of its pattern under the seed. */
  readonly index: number
  readonly scenes: ScenePair
  /** JPEG files. */
  readonly pictures: readonly [Uint8Array, Uint8Array]
  /** Cosine of the two pictures to the CLIP that chose them; undefined for pairs that nothing chose. */
  readonly cosine?: number
}

const quality = 92

/** Draws a pair and stores it as pictures of shards are stored. */
const picturedPair = async (pattern: PatternName, seed: number, index: number, size: number): Promise<PicturedPair> => {
  const scenes = scenePair(pattern, seed, index)
  const [first, second] = await Promise.all(scenes.map((scene) => encodeJpeg(drawScene(scene, size), quality)))
  return { pattern, index, scenes, pictures: [first!, second!] }
}

export interface PairsWanted {
  /** Pairs of each pattern. */
  readonly pairs: number
  readonly seed: number
  /** Edge of the pictures, pixels. */
  readonly size: number
}

const firstPairs = (pattern: PatternName, { pairs, seed, size }: PairsWanted): Promise<readonly PicturedPair[]> =>
  Promise.all(Array.from({ length: pairs }, (_, index) => picturedPair(pattern, seed, index, size)))

/** The first pairs of every pattern under a seed, whatever any model makes of them. */
export const unselectedPairs = (wanted: PairsWanted): Effect.Effect<readonly PicturedPair[]> =>
  Effect.map(
    Effect.forEach(patternNames, (pattern, i) =>
      Effect.andThen(
        doing("drawing pairs by pattern", i, patternNames.length),
        Effect.promise(() => firstPairs(pattern, wanted)),
      ),
    ),
    (all) => all.flat(),
  )

/** Cosine of the two pictures of every pair, as the CLIP's authors would compare them. */
const withCosines = Effect.fnUntraced(function* (pairs: readonly PicturedPair[]) {
  const pictures = pairs.flatMap(({ pattern, index, pictures: both }) =>
    both.map((bytes, half) => ({
      name: `${pattern} ${index} ${half}`,
      read: Effect.succeed({ bytes, about: undefined }),
    })),
  )
  const { images } = yield* (yield* Features).images({ pictures, rule: stockRule })
  return pairs.map((pair, i): PicturedPair => {
    const [a, b] = [images[2 * i], images[2 * i + 1]]
    if (a === undefined || b === undefined) throw new Error("a picture that was just drawn cannot be read")
    return { ...pair, cosine: dot(vectorAt(a.vectors, 0), vectorAt(b.vectors, 0)) }
  })
})

/** First those above the threshold in the order they were drawn, then the others from the most alike. */
const mostAlike = (pairs: readonly PicturedPair[], threshold: number, count: number): readonly PicturedPair[] => {
  const above = pairs.filter(({ cosine }) => cosine! > threshold)
  const below = pairs.filter(({ cosine }) => cosine! <= threshold).toSorted((a, b) => b.cosine! - a.cosine!)
  return [...above, ...below].slice(0, count)
}

export interface ConfusedPairs extends PairsWanted {
  /** Pairs of each pattern to choose from. */
  readonly candidates: number
  /** Cosine above which the CLIP takes two pictures for nearly the same; 0.95. */
  readonly threshold?: number
}

/**
 * Pairs whose pictures a CLIP describes by nearly the same vector although they differ in the one attribute that their pattern is
 * about: where the renderer says so, no second model need. A pattern of which too few candidates are above the threshold is
 * filled up with its most alike. `Features` are the CLIP's. Source of the procedure: Tong et al. 2024, section 2.1, whose
 * vision-only model is DINOv2.
 */
export const confusedPairs = Effect.fn("confusedPairs")(function* ({
  candidates,
  pairs,
  seed,
  size,
  threshold = 0.95,
}: ConfusedPairs): Effect.fn.Return<readonly PicturedPair[], FeaturesError, Features> {
  const chosen = yield* Effect.forEach(patternNames, (pattern) =>
    Effect.andThen(
      doing(`drawing ${candidates} pairs of pattern ${pattern}`),
      Effect.promise(() => firstPairs(pattern, { pairs: candidates, seed, size })),
    ).pipe(
      Effect.flatMap(withCosines),
      Effect.map((all) => mostAlike(all, threshold, pairs)),
    ),
  )
  return chosen.flat()
})
