import { Cause, Clock, Effect, Ref, type Scope } from "effect"
import { sizeOf } from "@diva/tensor"
import type { Checkpoints } from "../checkpoint/checkpoints.ts"
import type { RunState } from "../checkpoint/runState.ts"
import type { BadSample, DataPosition, Shards } from "../data/index.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { packPixels } from "../objective/pixels.ts"
import { openBatches, type NextBatch } from "./batches.ts"
import { checkpointing } from "./checkpointing.ts"
import { Events, type StepEvent } from "./events.ts"
import { logging } from "./logging.ts"
import { openMachine, type Machine, type UpdateReport } from "./machine.ts"
import { microBatches } from "./microProgram.ts"
import { divergence, StateNotFinite, TrainingDiverged } from "./notFinite.ts"
import { isDue, type Moment, type Observer, type View } from "./observer.ts"
import { executionOf } from "./settings.ts"
import { requirePictures, startState, type StartState } from "./startState.ts"
import type { TrainConfig } from "./trainConfig.ts"
import type { TrainError } from "./trainError.ts"
import { partialsOf } from "./updateProgram.ts"

/** What a run works with. */
type Services = Gpu | Shards | Checkpoints | Events

/** Where a run stands between updates. */
interface Progress {
  /** Updates done. */
  readonly update: number
  readonly position: DataPosition
  /** Skipped samples told so far. */
  readonly skipped: number
  /** What the newest update of this process gave. */
  readonly step: StepEvent | undefined
  /** When this process's first update was done, and which it was: the first compiles and does not tell how long others take. */
  readonly warm: { readonly at: number; readonly update: number } | undefined
}

/** Everything one process of a run works with. */
interface Run<E, R> {
  readonly config: TrainConfig
  /** What of the first state stays as it is. Its tensors are on the machine, and not kept here. */
  readonly start: Pick<RunState, "update" | "rootKey" | "settings">
  readonly trainedParameters: number
  readonly machine: Machine
  readonly nextBatch: NextBatch
  readonly observers: readonly Observer<E, R>[]
  readonly saving: Effect.Success<ReturnType<typeof checkpointing>>
  readonly progress: Ref.Ref<Progress>
  readonly startedAt: number
}

/** A run whatever its observers need. */
type AnyRun = Omit<Run<never, never>, "observers">

const seconds = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e9)

/** The update this process stops after. */
const lastUpdate = ({ optimisation: { updates }, stopAfter = updates }: TrainConfig): number =>
  Math.min(updates, stopAfter)

/** Whether a further update is begun: there is one, and this process has time for it. */
const goesOn = Effect.fnUntraced(function* ({ config, progress, startedAt }: AnyRun) {
  const { update } = yield* Ref.get(progress)
  const { maxHours = Infinity } = config
  return update < lastUpdate(config) && (yield* seconds) - startedAt < maxHours * 3600
})

const tellSkipped = Effect.fnUntraced(function* ({ progress }: AnyRun, skipped: readonly BadSample[]) {
  const events = yield* Events
  const told = (yield* Ref.get(progress)).skipped
  for (const [i, { shard, key, rule }] of skipped.slice(told).entries())
    yield* events.publish({ _tag: "skippedSample", shard, key, reason: rule, skipped: told + i + 1 })
  yield* Ref.update(progress, (at) => ({ ...at, skipped: skipped.length }))
})

/** Seconds until the last update, by those after the first of this process; nothing where there is none yet. */
const remaining = ({ warm }: Progress, update: number, last: number, now: number): Pick<StepEvent, "eta"> => {
  if (update >= last) return { eta: 0 }
  if (warm === undefined || warm.update === update) return {}
  return { eta: ((now - warm.at) / (update - warm.update)) * (last - update) }
}

const rateAt = ({ optimisation: { schedule, updates } }: TrainConfig, update: number): number =>
  schedule(updates)(update)

const stepEvent = Effect.fnUntraced(function* (
  { config, progress }: AnyRun,
  update: number,
  began: number,
  { losses, penalties, gradientNorm }: UpdateReport,
) {
  const now = yield* seconds
  const at = yield* Ref.updateAndGet(progress, (before) => ({ ...before, warm: before.warm ?? { at: now, update } }))
  const step: StepEvent = {
    _tag: "step",
    update,
    updates: config.optimisation.updates,
    losses,
    loss: losses.at(-1)!,
    ...(penalties.length === 0 ? {} : { penalties }),
    learningRate: rateAt(config, update - 1),
    gradientNorm,
    seconds: now - began,
    ...remaining(at, update, lastUpdate(config), now),
  }
  return step
})

/** The run as it stands, its state read at most once. */
const viewOf = Effect.fnUntraced(function* (
  { config, start, machine, progress }: AnyRun,
  moment: Moment,
  microStep?: number,
) {
  const { update, position, step } = yield* Ref.get(progress)
  const { rootKey, settings } = start
  const read = Effect.map(machine.read, (arrays): RunState => ({ update, rootKey, position, settings, ...arrays }))
  const view: View = {
    moment,
    update,
    updates: config.optimisation.updates,
    step,
    run: machine.run,
    sums: machine.sums,
    ...(microStep === undefined ? {} : { microStep }),
    state: yield* Effect.cached(read),
  }
  return view
})

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

interface ObserveOptions {
  /** Lets observers be interrupted: scoring may take long. */
  readonly restore?: Restore
  readonly microStep?: number
}

/** Shows the run to its log, to every observer that is due and to its checkpoints; gives what they saw. */
const observe = Effect.fnUntraced(function* <E, R>(
  run: Run<E, R>,
  moment: Moment,
  { restore = (same) => same, microStep }: ObserveOptions = {},
) {
  const view = yield* viewOf(run, moment, microStep)
  if (isDue(logging, view)) yield* logging.observe(view)
  for (const observer of run.observers) if (isDue(observer, view)) yield* restore(observer.observe(view))
  if (isDue(run.saving, view)) yield* run.saving.observe(view)
  return view
})

/** Sums the gradients of one update's micro-batches, dealt to the partial sums in order; gives the position after them. */
const accumulateUpdate = Effect.fnUntraced(function* <E, R>(run: Run<E, R>, update: number, from: DataPosition) {
  const { config, machine, nextBatch } = run
  const count = microBatches(config)
  let position = from
  for (let micro = 0; micro < count; micro++) {
    const { batch, skipped } = yield* nextBatch
    const pixels = packPixels(batch.images, config.batchSize, config.imageSize)
    const partial = Math.floor((micro * partialsOf(config)) / count)
    yield* machine.microStep(pixels, update, micro * config.batchSize, partial)
    yield* tellSkipped(run, skipped)
    yield* observe(run, "microStep", { microStep: micro })
    position = batch.next
  }
  return position
})

const oneUpdate = Effect.fnUntraced(function* <E, R>(run: Run<E, R>) {
  const began = yield* seconds
  const { update, position } = yield* Ref.get(run.progress)
  const next = yield* accumulateUpdate(run, update, position)
  const report = yield* run.machine.update(rateAt(run.config, update))
  const diverged = divergence({ update: update + 1, ...report })
  if (diverged !== undefined) return yield* diverged
  const step = yield* stepEvent(run, update + 1, began, report)
  yield* Ref.update(run.progress, (at) => ({ ...at, update: update + 1, position: next, step }))
})

/**
 * Updates until the last. An interruption takes effect between updates: a step that has begun is finished, so what is
 * saved is always a whole update.
 */
const updateAll = <E, R>(run: Run<E, R>) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      yield* observe(run, "start", { restore })
      while (yield* goesOn(run)) {
        yield* restore(Effect.yieldNow)
        yield* oneUpdate(run)
        yield* observe(run, "update", { restore })
      }
    }),
  )

/** What lies on the machine then is no state of any whole update. */
const hasDiverged = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause)
  return error instanceof TrainingDiverged || error instanceof StateNotFinite
}

const tellInterrupted = Effect.fnUntraced(function* (run: AnyRun) {
  const { update } = yield* Ref.get(run.progress)
  yield* Effect.ignore((yield* Events).publish({ _tag: "interrupted", update }))
})

const countNumbers = ({ parameters }: StartState): number =>
  [...parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)

const openRun = Effect.fnUntraced(function* <E, R>(
  config: TrainConfig,
  start: StartState,
  observers: readonly Observer<E, R>[],
) {
  const { update, rootKey, settings } = start
  const run: Run<E, R> = {
    config,
    start: { update, rootKey, settings },
    trainedParameters: countNumbers(start),
    machine: yield* openMachine(config, start),
    nextBatch: yield* openBatches(start.position, config.batchSize),
    observers,
    saving: yield* checkpointing(config.checkpointEvery, update),
    progress: yield* Ref.make<Progress>({
      update: start.update,
      position: start.position,
      skipped: 0,
      step: undefined,
      warm: undefined,
    }),
    startedAt: yield* seconds,
  }
  return run
})

const tellStarted = Effect.fnUntraced(function* <E, R>(run: Run<E, R>) {
  const { config, start, machine, trainedParameters, observers, saving } = run
  yield* (yield* Events).publish({
    _tag: "started",
    updates: config.optimisation.updates,
    from: start.update,
    imagesPerUpdate: config.method.imagesPerUpdate,
    trainedParameters,
    execution: executionOf(config),
    observers: [logging, ...observers, saving].map(({ name, every }) => ({ name, every })),
    ...(machine.peakBytes === undefined ? {} : { peakBytes: machine.peakBytes }),
  })
})

/** The run from its start or its newest checkpoint; of a finished run its last state. First tensors are gone when it returns. */
const begin = Effect.fnUntraced(function* <E, R>(config: TrainConfig, observers: readonly Observer<E, R>[]) {
  const { config: settled, state, resumed } = yield* startState(config)
  if (resumed && state.update >= lastUpdate(config)) return state
  yield* requirePictures(state)
  return yield* openRun(settled, state, observers)
})

/**
 * Runs DIVA: from the newest checkpoint, or from the given weights, to the configured number of updates. Gives the last
 * state; a run that is there already is not begun again. Whatever ends the run, interruption included, the state after the last
 * whole update is saved first where the machine still answers; a run that is stopped and started again ends with the same bits
 * as one that never stopped. `observers` see the run between updates, after its log and before its checkpoints.
 *
 * Errors: `TrainingDiverged` (a loss or gradient that is not finite; the last checkpoint stays), `NamesMismatch` (weights unlike the models), those of reading weights, `SettingsDiffer` and `CheckpointCorrupt` (resuming),
 * `MemoryBudgetTooSmall`, those of `Shards`, file errors of checkpoints and logs, any `TensorError` (`DeviceLost`,
 * `OutOfDeviceMemory`, …), those of observers.
 */
export const trainDiva: <E = never, R = never>(
  config: TrainConfig,
  observers?: readonly Observer<E, R>[],
) => Effect.Effect<RunState, TrainError | E, Services | Exclude<R, Scope.Scope>> = Effect.fn("trainDiva")(function* <
  E,
  R,
>(config: TrainConfig, observers: readonly Observer<E, R>[] = []) {
  const run = yield* begin(config, observers)
  if (!("machine" in run)) return run
  yield* tellStarted(run)
  yield* updateAll(run).pipe(
    Effect.onError((cause) => (hasDiverged(cause) ? Effect.void : Effect.ignore(observe(run, "stop")))),
    Effect.onInterrupt(() => tellInterrupted(run)),
  )
  const { update, state } = yield* observe(run, "finish")
  const ended = yield* seconds
  yield* (yield* Events).publish({ _tag: "finished", update, seconds: ended - run.startedAt })
  return yield* state
}, Effect.scoped)
