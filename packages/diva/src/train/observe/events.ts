import { Context, Effect, Layer, Ref } from "effect"
import type { FileError } from "@diva/models"
import type { Execution } from "../../objective/execution.ts"
import type { CheckpointId } from "../../checkpoint/checkpoints.ts"

/** One update of a run. Times are seconds. */
export interface StepEvent {
  readonly _tag: "step"
  /** Number of this update, from 1. */
  readonly update: number
  readonly updates: number
  /** Mean over the update's micro-batches of the loss of each inner draw. */
  readonly losses: readonly number[]
  /** Mean of each regulariser's penalty, where there are any. */
  readonly penalties?: readonly number[]
  /** What the original logs: the mean of the last inner draw. */
  readonly loss: number
  readonly learningRate: number
  /** Global L2 norm of the accumulated gradient before clipping. */
  readonly gradientNorm: number
  readonly seconds: number
  /** The loss as an exponential mean over about the last ten updates, resumed with the run. */
  readonly smoothedLoss?: number
  readonly imagesPerSecond?: number
  /** Bytes that the machine holds, and the process. */
  readonly memory?: { readonly machine: number; readonly process: number }
  /**
   * Share of this update's seconds that went to the machine: to giving it work and to waiting until that was done. The rest is waiting
   * for data, packing pixels and logs; the machine may have been at work then as well, so it is busy for at least this share.
   */
  readonly computing?: number
  /** Samples that this process has skipped so far. */
  readonly skipped?: number
  /**
   * Expected seconds until the last update, by the updates after the first of this process: the first compiles, and nothing
   * is expected before a second.
   */
  readonly eta?: number
}

/** An observer as events and manifests name it. */
export interface ObserverName {
  readonly name: string
  readonly every: number
}

/** Scores by name, as events and metrics tell them. */
export type ScoresTold = Readonly<
  Record<
    string,
    {
      readonly value: number
      readonly count: number
      readonly interval: { readonly low: number; readonly high: number }
    }
  >
>

/** Everything a training run tells the world, in order. Times are seconds, rates per update. */
export type TrainEvent =
  | {
      readonly _tag: "started"
      readonly updates: number
      /** Updates already done by the run that is being resumed; 0 for a new run. */
      readonly from: number
      readonly imagesPerUpdate: number
      readonly trainedParameters: number
      /** How micro-steps are computed; a pre-training has none. */
      readonly execution?: Execution
      /** What observes it besides, with the updates between observations. */
      readonly observers: readonly ObserverName[]
      /** Predicted largest memory of the run in bytes, where the machine predicts it. */
      readonly peakBytes?: number
      /** The process before was stopped while the state was looked at: scores of update `from` are told once more. */
      readonly seesAgain?: true
    }
  | StepEvent
  /** A pre-training begins with given weights: how many tensors fit, which stay random, and which have no place in the model. */
  | {
      readonly _tag: "begun"
      readonly taken: number
      readonly fresh: readonly string[]
      readonly unused: readonly string[]
    }
  /** A program was compiled after the run's start, for an observer. */
  | { readonly _tag: "compiled"; readonly program: string }
  /** The model was scored between updates: on what, and its scores, each with its count and 95 % interval. */
  | { readonly _tag: "scored"; readonly update: number; readonly on: string; readonly scores: ScoresTold }
  /** Pictures of what the diffusion model makes of some images were written into a folder. */
  | { readonly _tag: "pictured"; readonly update: number; readonly folder: string }
  /** `best`: it is the best so far, by what the run keeps the best by. */
  | { readonly _tag: "checkpointed"; readonly update: number; readonly id: CheckpointId; readonly best?: true }
  | { readonly _tag: "checkpointRejected"; readonly id: CheckpointId; readonly rule: string; readonly remedy: string }
  /** The machine was lost after `update` updates; it is reopened, the `attempt`th time without having got further since. */
  | { readonly _tag: "deviceLost"; readonly update: number; readonly attempt: number; readonly rule: string }
  /** A machine that was lost is there again: updates after `from` are repeated, with the same bits. */
  | { readonly _tag: "reopened"; readonly from: number; readonly seesAgain?: true }
  /** A resumed run computes with other kernels or on another adapter: it continues, but not with the bits it would have had. */
  | { readonly _tag: "computesDifferently"; readonly rule: string; readonly remedy: string }
  /** A sample that cannot be used. `shard`: its file or folder; `skipped`: how many this process has met so far. */
  | {
      readonly _tag: "skippedSample"
      readonly shard: string
      readonly key: string
      readonly reason: string
      readonly skipped: number
    }
  | { readonly _tag: "interrupted"; readonly update: number }
  | { readonly _tag: "finished"; readonly update: number; readonly seconds: number }

/** One consumer of events. It has dealt with an event when its effect ends. */
export type EventSink = (event: TrainEvent) => Effect.Effect<void, FileError>

/**
 * The run's one stream of events. Publishing ends when every consumer has dealt with the event, so a checkpoint that
 * follows a step in the stream never exists without that step in the log.
 */
export class Events extends Context.Service<
  Events,
  { readonly publish: (event: TrainEvent) => Effect.Effect<void, FileError> }
>()("diva/train/Events") {
  /** Feeds every event to each consumer in turn. */
  static readonly layerOf = (sinks: readonly EventSink[]) =>
    Layer.succeed(
      Events,
      Events.of({ publish: (event) => Effect.forEach(sinks, (sink) => sink(event), { discard: true }) }),
    )
  /** Appends every event to `record`. */
  static readonly layerRecorded = (record: Ref.Ref<readonly TrainEvent[]>) =>
    Events.layerOf([(event) => Ref.update(record, (events) => [...events, event])])
}
