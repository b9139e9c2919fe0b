import { counted } from "@diva/tensor"
import { Effect, Ref } from "effect"
import type { BadSample } from "../../data/sample.ts"
import { TooManyBadSamples } from "../../data/skipTally.ts"

/** Share of unusable pictures at which an evaluation ends; eight are always allowed. */
const allowedShare = 0.01
const allowedAlways = 8

const shownExamples = 5

const tooMany = (bad: readonly BadSample[], total: number): TooManyBadSamples =>
  new TooManyBadSamples({
    bad: bad.length,
    read: total,
    examples: bad.slice(0, shownExamples).map(({ message }) => message),
    rule: `${bad.length} of ${counted(total, "picture")} cannot be used: ${bad[0]!.message}; a score of the rest would be that of another data set`,
    remedy: "restore the data set from its source",
  })

/** Pictures that were skipped, in the order in which they were found. */
export interface Skips {
  /** Errors: `TooManyBadSamples` when this one is more than `total` pictures allow. */
  readonly add: (bad: BadSample) => Effect.Effect<void, TooManyBadSamples>
  readonly all: Effect.Effect<readonly BadSample[]>
}

/** Counts unusable pictures among `total`. */
export const makeSkips = (total: number): Effect.Effect<Skips> =>
  Effect.map(Ref.make<readonly BadSample[]>([]), (ref) => ({
    all: Ref.get(ref),
    add: (bad) =>
      Effect.flatMap(
        Ref.updateAndGet(ref, (before) => [...before, bad]),
        (all) =>
          all.length > allowedAlways + allowedShare * total || all.length === total
            ? Effect.fail(tooMany(all, total))
            : Effect.void,
      ),
  }))
