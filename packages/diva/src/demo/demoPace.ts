import { Clock, Effect, Ref } from "effect"
import type { EventSink } from "../train/observe/events.ts"

/** Where a demonstration stands. */
export interface DemoStage {
  /** What begins. */
  readonly what: string
  /** Its number, from 1, of so many. */
  readonly step: number
  readonly steps: number
  /** Seconds until the end of all, where they can be told: not before kernels are compiled. */
  readonly left?: number
}

/** How long the pieces of a demonstration take once their kernels are compiled. */
export interface DemoPace {
  /** Notes the time of every update but a process's first, which compiles. */
  readonly sink: EventSink
  /** Runs a scoring and notes how long it took. */
  readonly scoring: <A, E, R>(score: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Seconds that so many updates and scorings will take; undefined before one of each is known. */
  readonly left: (updates: number, scorings: number) => Effect.Effect<number | undefined>
}

const mean = (all: readonly number[]): number => all.reduce((sum, each) => sum + each, 0) / all.length

/** Begins to measure. */
export const demoPace = Effect.gen(function* () {
  const updates = yield* Ref.make<readonly number[]>([])
  const scored = yield* Ref.make<readonly number[]>([])
  const pace: DemoPace = {
    sink: (event) =>
      event._tag === "step" && event.update > 1 ? Ref.update(updates, (all) => [...all, event.seconds]) : Effect.void,
    scoring: (score) =>
      Effect.gen(function* () {
        const began = yield* Clock.currentTimeMillis
        const found = yield* score
        const ended = yield* Clock.currentTimeMillis
        yield* Ref.update(scored, (all) => [...all, (ended - began) / 1000])
        return found
      }),
    left: (count, scorings) =>
      Effect.map(Effect.all([Ref.get(updates), Ref.get(scored)]), ([each, scores]) =>
        each.length === 0 || scores.length === 0 ? undefined : count * mean(each) + scorings * Math.min(...scores),
      ),
  }
  return pace
})
