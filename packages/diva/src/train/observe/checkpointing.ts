import { Effect, Option, Ref } from "effect"
import type { TensorError } from "@diva/tensor"
import type { FileError } from "@diva/models"
import { Checkpoints, type CheckpointId } from "../../checkpoint/checkpoints.ts"
import { Events } from "./events.ts"
import { finiteState, type StateNotFinite } from "../notFinite.ts"
import type { Observer } from "./observer.ts"
import { doing } from "../../doing.ts"

/** Whether it is the best of those kept. */
const isBest = Effect.fnUntraced(function* (id: CheckpointId) {
  return Option.contains(yield* (yield* Checkpoints).best, id)
})

/**
 * Saves the state every `every` updates, at the end, and where a run ends before it; never one that is not finite. `saved`: the update whose state need not be
 * saved, that of the run's beginning: before the first update there is nothing that resuming could not make again.
 */
export const checkpointing = Effect.fnUntraced(function* (every: number, saved: number) {
  const newest = yield* Ref.make(saved)
  const observer: Observer<FileError | TensorError | StateNotFinite, Checkpoints | Events> = {
    name: "checkpoints",
    every,
    also: ["finish", "stop"],
    observe: Effect.fnUntraced(function* ({ update, state }) {
      if (update === (yield* Ref.get(newest))) return
      yield* doing(`saving update ${update}`)
      const id = yield* (yield* Checkpoints).save(yield* Effect.flatMap(state, finiteState))
      yield* Ref.set(newest, update)
      const best = (yield* isBest(id)) ? ({ best: true } as const) : {}
      yield* (yield* Events).publish({ _tag: "checkpointed", update, id, ...best })
    }),
  }
  return observer
})
