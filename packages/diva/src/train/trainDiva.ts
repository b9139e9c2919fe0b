import { Clock, Effect, Ref, type Scope } from "effect"
import { sizeOf } from "@diva/tensor"
import type { DataPosition, Shards } from "../data/index.ts"
import { packPixels } from "../objective/pixels.ts"
import type { Gpu } from "../run/gpu.ts"
import { fromEither } from "../run/fromEither.ts"
import { openBatches, type NextBatch } from "./batches.ts"
import { Checkpoints } from "./checkpoints.ts"
import { Events } from "./events.ts"
import { openMachine, type TrainingMachine, type UpdateReport } from "./machine.ts"
import { checkWeights } from "./parameterTrees.ts"
import type { RunState } from "./runState.ts"
import { scheduleOf } from "./schedule.ts"
import { executionOf } from "./settings.ts"
import { startState, type StartState } from "./startState.ts"
import type { TrainConfig } from "./trainConfig.ts"
import type { TrainError } from "./trainError.ts"

/** What a run works with. */
type Services = Gpu | Shards | Checkpoints | Events

/** Where a run stands between updates. */
interface Progress {
  /** Updates done. */
  readonly update: number
  readonly position: DataPosition
  /** Skipped samples told so far. */
  readonly skipped: number
  /** Update of the newest checkpoint; −1 before the first. */
  readonly saved: number
  /** When this process's first update was done, and which it was: the first compiles and does not tell how long others take. */
  readonly warm: { readonly at: number; readonly update: number } | undefined
}

/** Everything one process of a run works with. */
interface Run {
  readonly config: TrainConfig
  /** What of the first state stays as it is. Its tensors are on the machine, and not kept here. */
  readonly start: Pick<RunState, "update" | "rootKey" | "settings">
  readonly trainedParameters: number
  readonly machine: TrainingMachine
  readonly nextBatch: NextBatch
  readonly progress: Ref.Ref<Progress>
  readonly startedAt: number
}

const seconds = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e9)

/** The update this process stops after. */
const lastUpdate = ({ optimisation: { updates }, stopAfter = updates }: TrainConfig): number =>
  Math.min(updates, stopAfter)

const tellSkipped = Effect.fnUntraced(function* ({ progress }: Run, skipped: readonly { readonly message: string }[]) {
  const events = yield* Events
  const told = (yield* Ref.get(progress)).skipped
  for (const [i, { message }] of skipped.slice(told).entries())
    yield* events.publish({ _tag: "skippedSample", rule: message, skipped: told + i + 1 })
  yield* Ref.update(progress, (at) => ({ ...at, skipped: skipped.length }))
})

/** Sums the gradients of one update's micro-batches; gives the position after them. */
const accumulateUpdate = Effect.fnUntraced(function* (run: Run, update: number, from: DataPosition) {
  const { config, machine, nextBatch } = run
  let position = from
  for (let micro = 0; micro < config.method.accumulation; micro++) {
    const { batch, skipped } = yield* nextBatch
    const pixels = packPixels(batch.images, config.batchSize, config.imageSize)
    yield* machine.microStep(pixels, update, micro * config.batchSize)
    yield* tellSkipped(run, skipped)
    position = batch.next
  }
  return position
})

/** Seconds an update takes, by those after the first of this process. */
const secondsPerUpdate = ({ warm }: Progress, update: number, now: number, began: number): number =>
  warm === undefined || warm.update === update ? now - began : (now - warm.at) / (update - warm.update)

const reportStep = Effect.fnUntraced(function* (
  { config, progress }: Run,
  update: number,
  began: number,
  { losses, gradientNorm }: UpdateReport,
) {
  const events = yield* Events
  const now = yield* seconds
  const at = yield* Ref.updateAndGet(progress, (before) => ({ ...before, warm: before.warm ?? { at: now, update } }))
  yield* events.publish({
    _tag: "step",
    update,
    updates: config.optimisation.updates,
    losses,
    loss: losses.at(-1)!,
    learningRate: scheduleOf(config.optimisation)(update - 1),
    gradientNorm,
    seconds: now - began,
    eta: secondsPerUpdate(at, update, now, began) * (lastUpdate(config) - update),
  })
})

const oneUpdate = Effect.fnUntraced(function* (run: Run) {
  const began = yield* seconds
  const { update, position } = yield* Ref.get(run.progress)
  const next = yield* accumulateUpdate(run, update, position)
  const report = yield* run.machine.update(scheduleOf(run.config.optimisation)(update))
  yield* Ref.update(run.progress, (at) => ({ ...at, update: update + 1, position: next }))
  yield* reportStep(run, update + 1, began, report)
})

/** Saves the state after the last whole update, unless it is saved already. */
const save = Effect.fnUntraced(function* ({ start, machine, progress }: Run) {
  const { update, position, saved } = yield* Ref.get(progress)
  if (update === saved) return
  const { rootKey, settings } = start
  const id = yield* (yield* Checkpoints).save({ update, rootKey, position, settings, ...(yield* machine.read) })
  yield* Ref.update(progress, (at) => ({ ...at, saved: update }))
  yield* (yield* Events).publish({ _tag: "checkpointed", update, id })
})

const saveWhenDue = Effect.fnUntraced(function* (run: Run) {
  const { update } = yield* Ref.get(run.progress)
  if (update % run.config.checkpointEvery === 0) yield* save(run)
})

/**
 * Updates until the last. An interruption takes effect between updates: a step that has begun is finished, so what is
 * saved is always a whole update.
 */
const updateAll = (run: Run) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      while ((yield* Ref.get(run.progress)).update < lastUpdate(run.config)) {
        yield* restore(Effect.yieldNow)
        yield* oneUpdate(run)
        yield* saveWhenDue(run)
      }
    }),
  )

const tellInterrupted = Effect.fnUntraced(function* (run: Run) {
  const { update } = yield* Ref.get(run.progress)
  yield* Effect.ignore((yield* Events).publish({ _tag: "interrupted", update }))
})

const countNumbers = ({ parameters }: StartState): number =>
  [...parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)

const openRun = Effect.fnUntraced(function* (config: TrainConfig, start: StartState, saved: number) {
  const { update, rootKey, settings } = start
  const run: Run = {
    config,
    start: { update, rootKey, settings },
    trainedParameters: countNumbers(start),
    machine: yield* openMachine(config, start),
    nextBatch: yield* openBatches(start.position, config.batchSize),
    progress: yield* Ref.make<Progress>({
      update: start.update,
      position: start.position,
      skipped: 0,
      saved,
      warm: undefined,
    }),
    startedAt: yield* seconds,
  }
  return run
})

const tellStarted = Effect.fnUntraced(function* (run: Run) {
  const { config, start, machine, trainedParameters } = run
  yield* (yield* Events).publish({
    _tag: "started",
    updates: config.optimisation.updates,
    from: start.update,
    imagesPerUpdate: config.batchSize * config.method.accumulation,
    trainedParameters,
    execution: executionOf(config),
    ...(machine.peakBytes === undefined ? {} : { peakBytes: machine.peakBytes }),
  })
})

/** The run from its start or its newest checkpoint; of a finished run its last state. First tensors are gone when it returns. */
const begin = Effect.fnUntraced(function* (config: TrainConfig) {
  const { config: settled, state, resumed } = yield* startState(config)
  if (resumed && state.update >= lastUpdate(config)) return state
  return yield* openRun(settled, state, resumed ? state.update : -1)
})

/**
 * Runs DIVA: from the newest checkpoint, or from the given weights, to the configured number of updates. Gives the last
 * state; a run that is there already is not begun again. Whatever ends the run, interruption included, the state after the last whole update is saved first where the
 * machine still answers; a run that is stopped and started again ends with the same bits as one that never stopped.
 *
 * Errors: `NamesMismatch` (weights unlike the models), those of reading weights, `SettingsDiffer` and `CheckpointCorrupt` (resuming),
 * `MemoryBudgetTooSmall`, those of
 * `Shards`, file errors of checkpoints and logs, any `TensorError` (`DeviceLost`, `OutOfDeviceMemory`, …).
 */
export const trainDiva = Effect.fn("trainDiva")(function* (
  config: TrainConfig,
): Effect.fn.Return<RunState, TrainError, Services | Scope.Scope> {
  yield* fromEither(checkWeights(config.method.models, config.weights))
  const begun = yield* begin(config)
  if (!("machine" in begun)) return begun
  const run = begun
  yield* tellStarted(run)
  yield* updateAll(run).pipe(
    Effect.onError(() => Effect.ignore(save(run))),
    Effect.onInterrupt(() => tellInterrupted(run)),
  )
  yield* save(run)
  const { update, position } = yield* Ref.get(run.progress)
  const ended = yield* seconds
  yield* (yield* Events).publish({ _tag: "finished", update, seconds: ended - run.startedAt })
  const { rootKey, settings } = run.start
  const last: RunState = { update, rootKey, position, settings, ...(yield* run.machine.read) }
  return last
}, Effect.scoped)
