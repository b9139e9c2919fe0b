import { Effect } from "effect"
import type { BadSample } from "../../data/sample.ts"
import { EvaluationEvents } from "../evaluationEvents.ts"
import type { BusyClock } from "./busyClock.ts"
import { makeSkips } from "./skips.ts"

/** Counts what becomes of `total` pictures, and reports it after every `tellEvery` of them. */
export const describingProgress = Effect.fnUntraced(function* (total: number, tellEvery: number, clock: BusyClock) {
  const events = yield* EvaluationEvents
  const skips = yield* makeSkips(total)
  let [done, cached] = [0, 0]
  const tell = Effect.fnUntraced(function* (isLast: boolean) {
    const { busy, all } = yield* clock.read
    const skipped = (yield* skips.all).length
    const seconds = { adapterSeconds: busy, seconds: all }
    yield* events.publish({ _tag: "described", what: "images", done, total, cached, skipped, ...seconds, isLast })
  })
  const settle = Effect.fnUntraced(function* (count: number) {
    const before = done
    done += count
    if (Math.floor(done / tellEvery) > Math.floor(before / tellEvery) && done < total) yield* tell(false)
  })
  return {
    /** Pictures whose vectors have been computed. */
    computed: settle,
    /** A picture whose vectors were known. */
    known: Effect.suspend(() => {
      cached++
      return settle(1)
    }),
    /** A picture that cannot be used. Errors: `TooManyBadSamples`. */
    skip: Effect.fnUntraced(function* (error: BadSample) {
      yield* skips.add(error)
      yield* events.publish({ _tag: "skipped", name: error.key, rule: error.rule })
      yield* settle(1)
    }),
    finish: tell(true),
    skipped: skips.all,
  }
})

export type DescribingProgress = Effect.Success<ReturnType<typeof describingProgress>>
