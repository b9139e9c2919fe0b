import { Context, type Effect } from "effect"
import type { TokenizeError } from "@diva/models"
import type { BadSample } from "../../data/sample.ts"
import type { TooManyBadSamples } from "../../data/skipTally.ts"
import type { TarError } from "../../data/tar/tarError.ts"
import type { ScoringRule, Temperature } from "../rules/scoringRule.ts"
import type { Picture } from "./picture.ts"
import type { TowerError } from "./tower.ts"
import type { VectorTable } from "./vectorTable.ts"

/** Everything that can end the description of images and texts. */
export type FeaturesError = TowerError | TokenizeError | TarError | TooManyBadSamples

/** Pictures that are to be described. */
export interface ImagesRequest<A> {
  readonly pictures: readonly Picture<A>[]
  readonly rule: ScoringRule
  /** Where draws of patches begin; 42. */
  readonly seed?: number
  /** Vectors of each picture, one for each draw; 1, and always 1 for rules that draw nothing. */
  readonly draws?: number
}

/** One picture that was described. */
export interface DescribedImage<A> {
  readonly name: string
  readonly about: A
  /** SHA-256 of its bytes. */
  readonly sha256: string
  /** One vector for each draw. */
  readonly vectors: VectorTable
}

export interface DescribedImages<A> {
  /** In the order of the request; undefined for pictures that were skipped. */
  readonly images: readonly (DescribedImage<A> | undefined)[]
  readonly skipped: readonly BadSample[]
}

/** What the vectors were computed with, for results. */
export interface FeaturesIdentity {
  /** Content hash of the image tower's weights; undefined where they change. */
  readonly imageHash: string | undefined
  readonly textHash: string | undefined
  readonly temperature: Temperature
  readonly width: number
}

/**
 * Images and texts as vectors. Scores depend on this service alone: your own tower is another layer of it.
 */
export class Features extends Context.Service<
  Features,
  {
    readonly identity: FeaturesIdentity
    /** Describes pictures; those that cannot be used are skipped and counted. */
    readonly images: <A>(request: ImagesRequest<A>) => Effect.Effect<DescribedImages<A>, FeaturesError>
    /**
     * One unit vector for each group of texts: that of the mean of their unit vectors. A group of one is that text; a group
     * of several is a class with its prompts.
     */
    readonly texts: (groups: readonly (readonly string[])[]) => Effect.Effect<VectorTable, FeaturesError>
  }
>()("diva/evaluate/Features") {}
