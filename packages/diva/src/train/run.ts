import { Effect, Ref } from "effect"
import { sizeOf } from "@diva/tensor"
import type { RunState, Unseen } from "../checkpoint/runState.ts"
import { batchesAhead, openBatches, type NextBatch } from "./batches.ts"
import { checkpointing } from "./observe/checkpointing.ts"
import { Events } from "./observe/events.ts"
import { logging } from "./observe/logging.ts"
import { openMachine, type Machine } from "./machine/machine.ts"
import { microBatches } from "./plan/microProgram.ts"
import { isDue, type Moment, type Observer, type View } from "./observe/observer.ts"
import { lastUpdate, type Progress } from "./progress.ts"
import { nothingYet } from "./smoothing.ts"
import type { StartState } from "./startState.ts"
import type { TrainConfig } from "./config/trainConfig.ts"

/** What lasts over all attempts of a process: the machine may be lost and reopened. */
export interface ProcessLife {
  readonly startedAt: number
  /** Whether the start was told. */
  readonly started: Ref.Ref<boolean>
  /** Updates done, for those who want to know from without. */
  readonly reached: Ref.Ref<number>
  /** Skipped samples told so far. */
  readonly skipped: Ref.Ref<number>
}

/** Everything that one process of a run works with, on one opened machine. */
export interface Run<E, R> {
  readonly config: TrainConfig
  /** The part of the first state that does not change. Its tensors are on the machine, and not kept here. */
  readonly start: Pick<RunState, "update" | "rootKey" | "settings" | "unseen">
  readonly trainedParameters: number
  readonly machine: Machine
  readonly nextBatch: NextBatch
  readonly observers: readonly Observer<E, R>[]
  readonly saving: Effect.Success<ReturnType<typeof checkpointing>>
  readonly progress: Ref.Ref<Progress>
  readonly life: ProcessLife
  /** Where observers tell: what they score is noted on its way. */
  readonly events: Events["Service"]
}

/** A run whatever its observers need. */
export type AnyRun = Omit<Run<never, never>, "observers">

const countNumbers = ({ parameters }: StartState): number =>
  [...parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** Events that note scores, as numbers that a checkpoint can be the best by. */
const notingScores = (events: Events["Service"], progress: Ref.Ref<Progress>): Events["Service"] =>
  Events.of({
    publish: (event) => {
      if (event._tag !== "scored") return events.publish(event)
      const found = Object.entries(event.scores).flatMap(([name, { value }]) =>
        Number.isFinite(value) ? [[`${event.on}/${name}`, value] as const] : [],
      )
      const note = Ref.update(progress, (at) => ({ ...at, scores: { ...at.scores, ...Object.fromEntries(found) } }))
      return Effect.andThen(note, events.publish(event))
    },
  })

/** A state on the machine, its data stream and its observers, until the scope ends. */
export const openRun = Effect.fnUntraced(function* <E, R>(
  config: TrainConfig,
  start: StartState,
  observers: readonly Observer<E, R>[],
  life: ProcessLife,
) {
  const { update, rootKey, settings, position, measures, unseen } = start
  const { batchSize, imageSize } = config
  const progress = yield* Ref.make<Progress>({
    update,
    position,
    logged: update,
    step: undefined,
    warm: undefined,
    smoothing: measures?.loss ?? nothingYet,
    scores: {},
    unseen: undefined,
  })
  const run: Run<E, R> = {
    config,
    start: { update, rootKey, settings, ...(unseen === undefined ? {} : { unseen }) },
    trainedParameters: countNumbers(start),
    machine: yield* openMachine(config, start),
    nextBatch: yield* openBatches(
      position,
      batchSize,
      batchesAhead(3 * batchSize * imageSize ** 2, microBatches(config)),
    ),
    observers,
    // A state that not all had seen is saved once more when they have.
    saving: yield* checkpointing(config.checkpointEvery, unseen === undefined ? update : update - 1),
    progress,
    life,
    events: notingScores(yield* Events, progress),
  }
  return run
})

/** The run as it stands, its numbers read at most once. What was measured of it is as known when it is asked for. */
const viewOf = Effect.fnUntraced(function* (
  { config, start, machine, progress }: AnyRun,
  moment: Moment,
  microStep?: number,
) {
  const { update, position, step } = yield* Ref.get(progress)
  const { rootKey, settings } = start
  const arrays = yield* Effect.cached(machine.read)
  const known = Effect.map(Ref.get(progress), ({ smoothing: loss, scores, unseen }) => ({
    measures: { loss, scores },
    ...(unseen === undefined ? {} : { unseen }),
  }))
  const view: View = {
    moment,
    update,
    updates: config.optimisation.updates,
    step,
    run: machine.run,
    sums: machine.sums,
    ...(microStep === undefined ? {} : { microStep }),
    state: Effect.map(Effect.all([arrays, known]), ([read, now]): RunState => ({
      update,
      rootKey,
      position,
      settings,
      ...read,
      ...now,
    })),
  }
  return view
})

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

export interface ObserveOptions {
  /** Lets observers be interrupted: scoring may take long. */
  readonly restore?: Restore
  readonly microStep?: number
}

/**
 * Whether the state is saved now. That after the last update is saved when everything that is due at the end has been seen: a process
 * that is killed before is resumed from the previous checkpoint and sees it then.
 */
const isSaved = Effect.fnUntraced(function* ({ config, saving, progress }: AnyRun, view: View) {
  const { logged, scores } = yield* Ref.get(progress)
  if (logged < view.update || (view.moment === "update" && view.update === lastUpdate(config))) return false
  if (isDue(saving, view)) return true
  const { keepBest = "loss" } = config
  return view.moment === "update" && keepBest !== "loss" && Object.keys(scores).length > 0
})

/** What a moment shows that is made up for when the run is resumed, should it be stopped meanwhile. */
const shownAt = (moment: Moment): Unseen | undefined =>
  moment === "update" || moment === "finish" ? moment : undefined

/** Shows the run to every observer that is due, and notes on its way that not all have seen it. */
const showObservers = Effect.fnUntraced(function* <E, R>(run: Run<E, R>, view: View, restore: Restore) {
  const due = run.observers.filter((observer) => isDue(observer, view))
  const shown = due.length === 0 ? undefined : shownAt(view.moment)
  const note = (unseen: Unseen | undefined) => Ref.update(run.progress, (at) => ({ ...at, unseen }))
  if (shown !== undefined) yield* note(shown)
  for (const observer of due) yield* restore(Effect.provideService(observer.observe(view), Events, run.events))
  if (shown !== undefined) yield* note(undefined)
})

/** Shows the run to its log, to every observer that is due and to its checkpoints; gives what they saw. */
export const observe = Effect.fnUntraced(function* <E, R>(
  run: Run<E, R>,
  moment: Moment,
  { restore = (same) => same, microStep }: ObserveOptions = {},
) {
  const view = yield* viewOf(run, moment, microStep)
  if (isDue(logging, view)) {
    yield* logging.observe(view)
    yield* Ref.update(run.progress, (at) => ({ ...at, logged: view.update }))
  }
  yield* showObservers(run, view, restore)
  if (yield* isSaved(run, view)) yield* run.saving.observe(view)
  return view
})
