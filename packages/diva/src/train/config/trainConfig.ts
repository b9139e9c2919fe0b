import type { Precision } from "@diva/tensor"
import type { Execution } from "../../objective/execution.ts"
import type { Method } from "../../objective/method.ts"
import type { Switches } from "../../objective/switches.ts"
import { sgdWith, type OptimizerChoice } from "../../objective/update.ts"
import type { ModelWeights } from "../../weights/modelWeights.ts"
import type { DrawSource } from "./drawSource.ts"
import { cosineSchedule, type ScheduleChoice } from "./schedule.ts"

/** How parameters are updated. Defaults of the original: `referenceOptimisation`. */
export interface Optimisation {
  /** Optimizer updates in the whole run. */
  readonly updates: number
  readonly optimizer: OptimizerChoice
  readonly schedule: ScheduleChoice
}

/** The original's launch scripts: 4,600 updates, peak 1e-4, warm-up ⌈4600 · 0.005⌉ = 23 updates, momentum 0.9. */
export const referenceOptimisation: Optimisation = {
  updates: 4600,
  optimizer: sgdWith({ momentum: 0.9 }),
  schedule: cosineSchedule(1e-4, 0.005),
}

/** Token ids of "a photo of a ." and of the empty text. */
export type PromptIds = Readonly<Record<Switches["prompt"], readonly number[]>>

/** A training run as a value. */
export interface TrainConfig {
  readonly method: Method
  readonly weights: ModelWeights
  /** Token ids of the constant prompt in each of its readings, as long as the text encoder's context. */
  readonly promptIds: PromptIds
  /** Images that are computed together, a micro-batch: a divisor of the images per update. It decides memory, and rounding. */
  readonly batchSize: number
  /**
   * Partial sums that an update's micro-batches are dealt to, in order, and that are then added in a fixed tree; 1 by default.
   * However many workers compute them, the sum has the same bits.
   */
  readonly partials?: number
  /** Edge of the square training images, pixels. */
  readonly imageSize: number
  readonly optimisation: Optimisation
  /**
   * How the UNet's and the VAE's weights are stored on the machine; they are computed with in f32 either way. Absent: as they
   * are given. `f16` halves them; losses then differ in about the third digit.
   */
  readonly frozenStorage?: "f16"
  /**
   * How exactly a micro-step's contractions, convolutions and attention multiply; "highest" by default. A permission: adapters
   * without a faster way compute exactly.
   */
  readonly precision?: Precision
  /** How a micro-step is computed. Left out: what its run began with, what fits `memoryBudget`, or `defaultExecution`. */
  readonly execution?: Execution
  /** Bytes of device memory that the run may take at its peak; the fastest execution that stays within them is chosen. */
  readonly memoryBudget?: number
  /** Where random numbers come from: `keyedSource` by default. */
  readonly draws?: DrawSource
  readonly seed: number
  /** Updates between checkpoints; one is always written at the end and on interruption. */
  readonly checkpointEvery: number
  /**
   * Keeps the best checkpoint besides the newest: by "loss", the lowest smoothed loss, or by what scores are on, the highest: `MMVP`, or
   * `MMVP/stock` for one of several. A run that keeps the best by a score is saved whenever it is scored.
   */
  readonly keepBest?: string
  /** Stops after this many updates of the schedule's whole, to be resumed later. */
  readonly stopAfter?: number
  /** Starts no further update after this many hours of this process, to be resumed later. */
  readonly maxHours?: number
}
