import { Data, Effect, Ref } from "effect"
import type { BadSample } from "./sample.ts"

/** More samples are unusable than the run allows; going on would train on less data than was asked for. */
export class TooManyBadSamples extends Data.TaggedError("TooManyBadSamples")<{
  readonly bad: number
  readonly read: number
  /** Some of the samples, with what is wrong with each. */
  readonly examples: readonly string[]
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** How many samples were read so far, and which of them were skipped. */
export interface SkipReport {
  readonly read: number
  readonly skipped: readonly BadSample[]
}

/** A share of the samples read, plus a number that is always allowed so that one early bad sample does not end a run. */
export interface SkipLimit {
  readonly rate: number
  readonly slack: number
}

/** Counts reads and skips. A sample that was bad once is known to be bad and not read again. */
export interface SkipTally {
  readonly isBad: (sample: number) => Effect.Effect<boolean>
  readonly noteRead: Effect.Effect<void>
  /** Errors: `TooManyBadSamples` when this one goes beyond the limit. */
  readonly noteBad: (sample: number, error: BadSample) => Effect.Effect<void, TooManyBadSamples>
  readonly noneLeft: Effect.Effect<never, TooManyBadSamples>
  readonly report: Effect.Effect<SkipReport>
}

interface Counts {
  readonly read: number
  readonly bad: ReadonlyMap<number, BadSample>
}

const shownExamples = 5

const tooMany = ({ read, bad }: Counts, rule: string): TooManyBadSamples =>
  new TooManyBadSamples({
    bad: bad.size,
    read,
    examples: [...bad.values()].slice(0, shownExamples).map(({ message }) => message),
    rule,
    remedy: "repair or replace the shards named in the examples, or allow a larger share with maxBadRate",
  })

const withBad = (counts: Counts, sample: number, error: BadSample): Counts => ({
  ...counts,
  bad: new Map([...counts.bad, [sample, error]]),
})

export const makeTally = ({ rate, slack }: SkipLimit): Effect.Effect<SkipTally> =>
  Effect.map(Ref.make<Counts>({ read: 0, bad: new Map() }), (ref) => ({
    isBad: (sample) => Effect.map(Ref.get(ref), ({ bad }) => bad.has(sample)),
    noteRead: Ref.update(ref, (counts) => ({ ...counts, read: counts.read + 1 })),
    noteBad: (sample, error) =>
      Effect.flatMap(
        Ref.updateAndGet(ref, (counts) => withBad(counts, sample, error)),
        (counts) =>
          counts.bad.size > slack + rate * counts.read
            ? Effect.fail(
                tooMany(
                  counts,
                  `${counts.bad.size} of ${counts.read} samples read are unusable; ${slack} + ${100 * rate} % are allowed`,
                ),
              )
            : Effect.void,
      ),
    noneLeft: Effect.flatMap(Ref.get(ref), (counts) =>
      Effect.fail(tooMany(counts, `all ${counts.bad.size} samples are unusable`)),
    ),
    report: Effect.map(Ref.get(ref), ({ read, bad }) => ({ read, skipped: [...bad.values()] })),
  }))
