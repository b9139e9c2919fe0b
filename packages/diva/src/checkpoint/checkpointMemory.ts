import { Effect, Option, Ref } from "effect"
import { checkpointId, type Latest, type RunState } from "./runState.ts"

const latestOf = (state: RunState | undefined): Option.Option<Latest> =>
  state === undefined ? Option.none() : Option.some({ id: checkpointId(state.update), state, rejected: [] })

/** Keeps the newest state of this process. */
export const inMemory = Effect.gen(function* () {
  const held = yield* Ref.make<RunState | undefined>(undefined)
  return {
    save: (state: RunState) => Effect.as(Ref.set(held, state), checkpointId(state.update)),
    best: Effect.succeed(Option.none()),
    latest: Effect.map(Ref.get(held), latestOf),
  }
})
