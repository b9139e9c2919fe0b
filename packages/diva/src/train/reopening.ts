import { Cause, Effect, Exit, Ref } from "effect"
import { isTensorError, raise, type TensorError } from "@diva/tensor"
import { fromTensor } from "../fromEither.ts"
import { Gpu } from "../gpu/gpu.ts"
import { Events } from "./observe/events.ts"

/** Losses of the machine in a row without getting further, after which a run ends. */
const mostLosses = 3

/** A driver needs a moment after a reset, and a second loss says that one was not enough. */
const secondsBefore = (attempt: number): number => 2 * (attempt - 1)

type DeviceLost = Extract<TensorError, { readonly _tag: "DeviceLost" }>

const isLoss = (error: unknown): error is DeviceLost => isTensorError(error) && error._tag === "DeviceLost"

const lostTooOften = ({ op, rule }: DeviceLost): Effect.Effect<never, TensorError> =>
  fromTensor(() =>
    raise({
      _tag: "DeviceLost",
      op,
      rule: `${rule}; it was reopened ${mostLosses} times, and lost each time before the run got further`,
      remedy:
        "a kernel that takes longer than the system allows is the usual cause: resume with a smaller --memory-budget; the last checkpoint is intact",
    }),
  )

/** Losses so far without getting beyond `furthest`. */
interface Losses {
  readonly count: number
  readonly furthest: number
}

const another = ({ count, furthest }: Losses, reached: number): Losses =>
  reached > furthest ? { count: 1, furthest: reached } : { count: count + 1, furthest }

/**
 * Runs an attempt; where the machine is lost meanwhile, reopens it and runs the next one. `reached`: updates done, by which losses
 * without progress are told from others. Errors: those of the attempt; `DeviceLost` after three losses without progress.
 */
export const reopening = <A, E, R>(
  attempt: Effect.Effect<A, E, R>,
  reached: Ref.Ref<number>,
): Effect.Effect<A, E | TensorError, R | Gpu | Events> =>
  Effect.gen(function* () {
    const [gpu, events] = [yield* Gpu, yield* Events]
    for (let losses: Losses = { count: 0, furthest: -1 }; ;) {
      const exit = yield* Effect.exit(attempt)
      if (Exit.isSuccess(exit)) return exit.value
      const error = Cause.squash(exit.cause)
      if (!isLoss(error)) return yield* Effect.failCause(exit.cause)
      const update = yield* Ref.get(reached)
      losses = another(losses, update)
      if (losses.count > mostLosses) return yield* lostTooOften(error)
      yield* Effect.ignore(events.publish({ _tag: "deviceLost", update, attempt: losses.count, rule: error.rule }))
      yield* Effect.sleep(`${secondsBefore(losses.count)} seconds`)
      yield* gpu.reopen
    }
  })
