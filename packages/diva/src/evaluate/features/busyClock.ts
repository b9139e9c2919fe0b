import { Clock, Effect, Ref } from "effect"

/** Measures for how long there is work in flight. */
export interface BusyClock {
  /** Counts the effect as work in flight while it runs. */
  readonly during: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Seconds with work in flight, and seconds since the clock was made. */
  readonly read: Effect.Effect<{ readonly busy: number; readonly all: number }>
}

interface State {
  readonly inFlight: number
  readonly since: number
  readonly busy: number
}

const now = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e9)

const moved = ({ inFlight, since, busy }: State, by: 1 | -1, at: number): State => ({
  inFlight: inFlight + by,
  since: at,
  busy: inFlight > 0 ? busy + at - since : busy,
})

export const busyClock: Effect.Effect<BusyClock> = Effect.gen(function* () {
  const began = yield* now
  const state = yield* Ref.make<State>({ inFlight: 0, since: began, busy: 0 })
  const move = (by: 1 | -1) => Effect.flatMap(now, (at) => Ref.update(state, (before) => moved(before, by, at)))
  const clock: BusyClock = {
    during: (work) => Effect.ensuring(Effect.andThen(move(1), work), move(-1)),
    read: Effect.gen(function* () {
      const at = yield* now
      const { inFlight, since, busy } = yield* Ref.get(state)
      return { busy: inFlight > 0 ? busy + at - since : busy, all: at - began }
    }),
  }
  return clock
})
