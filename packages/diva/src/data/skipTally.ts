import { agreeing, counted } from "@diva/tensor"
import { Data, Effect } from "effect"
import type { Unusable } from "./exampleAttempt.ts"
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

/** Counts what was read and skipped; every sample is counted as skipped once. */
export interface SkipTally {
  /**
   * Counts the outcome of one search: samples it passed over, and whether it found one. Gives those not known before.
   * Errors: `TooManyBadSamples` when they go beyond the limit.
   */
  readonly note: (
    unusable: readonly Unusable[],
    found: boolean,
  ) => Effect.Effect<readonly BadSample[], TooManyBadSamples>
  readonly noneLeft: Effect.Effect<never, TooManyBadSamples>
  readonly report: Effect.Effect<SkipReport>
}

interface Counts {
  readonly read: number
  readonly bad: ReadonlyMap<number, BadSample>
}

const shownExamples = 5

const tooMany = ({ read, bad }: Counts, rule: string): TooManyBadSamples => {
  const examples = [...bad.values()].slice(0, shownExamples).map(({ message }) => message)
  return new TooManyBadSamples({
    bad: bad.size,
    read,
    examples,
    rule: [rule, ...examples].join("\n  "),
    remedy: "repair or replace these shards, or allow a larger share of unusable samples with --max-bad-rate",
  })
}

const beyond = (counts: Counts, { rate, slack }: SkipLimit): TooManyBadSamples | undefined =>
  counts.bad.size > slack + rate * counts.read
    ? tooMany(
        counts,
        `${counts.bad.size} of ${counted(counts.read, "sample")} read ${agreeing(counts.bad.size, "is", "are")} unusable; ${slack} + ${100 * rate} % are allowed`,
      )
    : undefined

export const makeTally = (limit: SkipLimit): Effect.Effect<SkipTally> =>
  Effect.sync(() => {
    const bad = new Map<number, BadSample>()
    let read = 0
    const add = (unusable: readonly Unusable[]): Effect.Effect<readonly BadSample[], TooManyBadSamples> => {
      const fresh: BadSample[] = []
      for (const { sample, error } of unusable) {
        if (bad.has(sample)) continue
        read++
        bad.set(sample, error)
        fresh.push(error)
        const excess = beyond({ read, bad }, limit)
        if (excess !== undefined) return Effect.fail(excess)
      }
      return Effect.succeed(fresh)
    }
    return {
      note: (unusable, found) =>
        Effect.suspend(() => add(unusable)).pipe(Effect.tap(() => Effect.sync(() => void (read += found ? 1 : 0)))),
      noneLeft: Effect.suspend(() =>
        Effect.fail(
          tooMany(
            { read, bad },
            bad.size === 1 ? "the only sample is unusable" : `all ${counted(bad.size, "sample")} are unusable`,
          ),
        ),
      ),
      report: Effect.sync(() => ({ read, skipped: [...bad.values()] })),
    }
  })
