import { Clock, Effect, Ref } from "effect"
import type { Unseen } from "../checkpoint/runState.ts"
import type { DataPosition } from "../data/index.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { StepEvent } from "./observe/events.ts"
import type { UpdateReport } from "./machine/machine.ts"
import { smoothedValue, smoothedWith, type Smoothing } from "./smoothing.ts"
import type { TrainConfig } from "./config/trainConfig.ts"

/** Where a run stands between updates. */
export interface Progress {
  /** Updates done. */
  readonly update: number
  readonly position: DataPosition
  /** The newest update that is in the log: no state is saved whose log is not whole. */
  readonly logged: number
  /** What the newest update of this process gave. */
  readonly step: StepEvent | undefined
  /** When this process's first update was done, and which it was: the first compiles and does not tell how long others take. */
  readonly warm: { readonly at: number; readonly update: number } | undefined
  readonly smoothing: Smoothing
  /** Scores of the model as it is now. */
  readonly scores: Readonly<Record<string, number>>
  /** What those who are due now are looking at, until all have seen it. */
  readonly unseen: Unseen | undefined
}

/** Seconds of a clock that never goes back. */
export const seconds = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e9)

/** The update this process stops after. */
export const lastUpdate = ({ optimisation: { updates }, stopAfter = updates }: TrainConfig): number =>
  Math.min(updates, stopAfter)

/** Learning rate of the update after `update` others. */
export const rateAt = ({ optimisation: { schedule, updates } }: TrainConfig, update: number): number =>
  schedule(updates)(update)

/** Seconds until the last update, by those after the first of this process; nothing where there is none yet. */
const remaining = ({ warm }: Progress, update: number, last: number, now: number): Pick<StepEvent, "eta"> => {
  if (update >= last) return { eta: 0 }
  if (warm === undefined || warm.update === update) return {}
  return { eta: ((now - warm.at) / (update - warm.update)) * (last - update) }
}

const memoryNow = Effect.map(
  Effect.flatMap(Gpu, ({ live }) => live),
  ({ bytes }) => ({ machine: bytes, process: process.memoryUsage.rss() }),
)

/** What is known of an update when it is done. */
interface UpdateDone {
  /** Its number, from 1. */
  readonly update: number
  /** When it began. */
  readonly began: number
  readonly report: UpdateReport
  /** Seconds of it that went to the machine. */
  readonly computed: number
  readonly skipped: number
}

const measured = (config: TrainConfig, { report: { losses, penalties, gradientNorm }, update }: UpdateDone) => ({
  losses,
  loss: losses.at(-1)!,
  ...(penalties.length === 0 ? {} : { penalties }),
  learningRate: rateAt(config, update - 1),
  gradientNorm,
})

/** Notes that an update is done, and gives it as an event. */
export const stepEvent = Effect.fnUntraced(function* (
  config: TrainConfig,
  progress: Ref.Ref<Progress>,
  done: UpdateDone,
) {
  const { update, began, report, computed, skipped } = done
  const now = yield* seconds
  const at = yield* Ref.updateAndGet(progress, (before) => ({
    ...before,
    warm: before.warm ?? { at: now, update },
    smoothing: smoothedWith(before.smoothing, report.losses.at(-1)!),
  }))
  const step: StepEvent = {
    _tag: "step",
    update,
    updates: config.optimisation.updates,
    ...measured(config, done),
    smoothedLoss: smoothedValue(at.smoothing),
    seconds: now - began,
    imagesPerSecond: config.method.imagesPerUpdate / Math.max(now - began, 1e-9),
    computing: Math.min(1, computed / Math.max(now - began, 1e-9)),
    memory: yield* memoryNow,
    skipped,
    ...remaining(at, update, lastUpdate(config), now),
  }
  return step
})
