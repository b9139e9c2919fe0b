import { Cause, Effect, Ref, type Scope } from "effect"
import { isTensorError } from "@diva/tensor"
import type { Checkpoints } from "../checkpoint/checkpoints.ts"
import type { RunState } from "../checkpoint/runState.ts"
import type { Shards } from "../data/index.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { Events } from "./observe/events.ts"
import { logging } from "./observe/logging.ts"
import { StateNotFinite } from "./notFinite.ts"
import type { Observer } from "./observe/observer.ts"
import { lastUpdate, seconds } from "./progress.ts"
import { reopening } from "./reopening.ts"
import { observe, openRun, type AnyRun, type ProcessLife, type Run } from "./run.ts"
import { executionOf } from "./config/settings.ts"
import { requirePictures, startState } from "./startState.ts"
import type { TrainConfig } from "./config/trainConfig.ts"
import type { TrainError } from "./trainError.ts"
import { updateAll } from "./updates.ts"

/** What a run works with. */
type Services = Gpu | Shards | Checkpoints | Events

/** What is on the machine then is not the state of a whole update, or is no longer there. */
const hasNoState = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause)
  return error instanceof StateNotFinite || (isTensorError(error) && error._tag === "DeviceLost")
}

const tellInterrupted = Effect.fnUntraced(function* (run: AnyRun) {
  const { update } = yield* Ref.get(run.progress)
  yield* Effect.ignore((yield* Events).publish({ _tag: "interrupted", update }))
})

/** Tells the start, or that a machine that was lost is there again. */
const tellStarted = Effect.fnUntraced(function* <E, R>(run: Run<E, R>) {
  const { config, start, machine, trainedParameters, observers, saving, life } = run
  const { publish } = yield* Events
  const from = start.update
  const seesAgain = start.unseen === undefined ? {} : { seesAgain: true as const }
  if (yield* Ref.getAndSet(life.started, true)) return yield* publish({ _tag: "reopened", from, ...seesAgain })
  yield* publish({
    _tag: "started",
    updates: config.optimisation.updates,
    from,
    imagesPerUpdate: config.method.imagesPerUpdate,
    trainedParameters,
    execution: executionOf(config),
    ...seesAgain,
    observers: [logging, ...observers, saving].map(({ name, every }) => ({ name, every })),
    ...(machine.peakBytes === undefined ? {} : { peakBytes: machine.peakBytes }),
  })
})

/** The run from its start or its newest checkpoint; of a finished run its last state. First tensors are gone when it returns. */
const begin = Effect.fnUntraced(function* <E, R>(
  config: TrainConfig,
  observers: readonly Observer<E, R>[],
  life: ProcessLife,
) {
  const { config: settled, state, resumed } = yield* startState(config)
  if (resumed && state.update >= lastUpdate(config) && state.unseen === undefined) return state
  yield* requirePictures(state)
  return yield* openRun(settled, state, observers, life)
})

/** A run from where it stands to its end, on a machine that stays. */
const attempt = Effect.fnUntraced(function* <E, R>(
  config: TrainConfig,
  observers: readonly Observer<E, R>[],
  life: ProcessLife,
) {
  const run = yield* begin(config, observers, life)
  if (!("machine" in run)) return run
  yield* Ref.update(life.reached, (reached) => Math.max(reached, run.start.update))
  yield* tellStarted(run)
  const { update, state } = yield* updateAll(run).pipe(
    Effect.onError((cause) => (hasNoState(cause) ? Effect.void : Effect.ignore(observe(run, "stop")))),
    Effect.onInterrupt(() => tellInterrupted(run)),
  )
  const ended = yield* seconds
  yield* (yield* Events).publish({ _tag: "finished", update, seconds: ended - life.startedAt })
  return yield* state
}, Effect.scoped)

/**
 * Runs DIVA: from the newest checkpoint, or from the given weights, to the configured number of updates. Gives the last
 * state; a run that is already there is not started again. Whatever ends the run, interruption included, the state after the last
 * whole update is saved first where the machine still answers; a run that is stopped and started again ends with the same bits
 * as one that never stopped. `observers` see the run between updates, after its log and before its checkpoints.
 *
 * Errors: `TrainingDiverged` (a loss or gradient that is not finite; the state before that update is saved), `NamesMismatch` (weights unlike the models), those of reading weights, `SettingsDiffer` and `CheckpointCorrupt` (resuming),
 * `MemoryBudgetTooSmall`, those of `Shards`, file errors of checkpoints and logs, any `TensorError` (`OutOfDeviceMemory`, …), those of
 * observers. A device that is lost is reopened, and what was computed since the last checkpoint is computed once more, to the same bits;
 * `DeviceLost` ends a run when that happens three times without progress.
 */
export const trainDiva: <E = never, R = never>(
  config: TrainConfig,
  observers?: readonly Observer<E, R>[],
) => Effect.Effect<RunState, TrainError | E, Services | Exclude<R, Scope.Scope>> = Effect.fn("trainDiva")(function* <
  E,
  R,
>(config: TrainConfig, observers: readonly Observer<E, R>[] = []) {
  const life: ProcessLife = {
    startedAt: yield* seconds,
    started: yield* Ref.make(false),
    reached: yield* Ref.make(0),
    skipped: yield* Ref.make(0),
  }
  return yield* reopening(attempt(config, observers, life), life.reached)
})
