import { Effect, Layer } from "effect"
import { Shards, type OpenShardsError } from "../data/index.ts"
import type { RunState } from "../checkpoint/runState.ts"
import { Gpu } from "../gpu/gpu.ts"
import { Weights } from "../sources/weights.ts"
import type { Observer } from "../train/observe/observer.ts"
import type { EventSink } from "../train/observe/events.ts"
import type { TrainError } from "../train/trainError.ts"
import { runTraining } from "./experiment.ts"
import { eventsToTerminal, gpuToTerminal } from "./textEvents.ts"
import type { Training } from "./trainingOf.ts"

/** Where an experiment reads and writes. What is a path may be a layer instead. */
export interface TrainOptions<E = never> {
  /** Shards: paths, folders or patterns; or your own source. */
  readonly data: string | readonly string[] | Layer.Layer<Shards, OpenShardsError>
  /** Files of CLIP's and Stable Diffusion's weights; "synthetic" for random ones; or your own source. */
  readonly weights: { readonly clip: string; readonly sd: string } | "synthetic" | Layer.Layer<Weights>
  /** Folder of the run: checkpoints, metrics, manifest, trained CLIP. A run that is already there is resumed. */
  readonly folder: string
  /** Where it computes; the machine's adapter by default. */
  readonly gpu?: Layer.Layer<Gpu, TrainError>
  readonly observers?: readonly Observer<E, Gpu>[]
  /** Consumers of events; lines on standard error by default. */
  readonly sinks?: readonly EventSink[]
}

const isPaths = (data: TrainOptions["data"]): data is string | readonly string[] =>
  typeof data === "string" || Array.isArray(data)

const shardsOf = (
  { data }: Pick<TrainOptions, "data">,
  { imageSize: size, seed }: Training,
): Layer.Layer<Shards, OpenShardsError> => (isPaths(data) ? Shards.layerTar(data, { size, seed }) : data)

const weightsOf = ({ weights }: Pick<TrainOptions, "weights">): Layer.Layer<Weights> => {
  if (weights === "synthetic") return Weights.layerSynthetic
  return "clip" in weights ? Weights.layerFiles(weights) : weights
}

/**
 * Runs a training with everything it needs: the adapter, data, weights, a folder for checkpoints and the log, events on the terminal.
 *
 * @example
 * await Effect.runPromise(train(trainingOf(rows["openai-l14-224"]), { data: "cc3m/*.tar", weights: { clip, sd }, folder: "runs/one" }))
 */
export const train = <E = never>(
  training: Training,
  options: TrainOptions<E>,
): Effect.Effect<RunState, TrainError | OpenShardsError | E> => {
  const { folder, observers = [], sinks = [eventsToTerminal], gpu = Gpu.layer({ tell: gpuToTerminal }) } = options
  const run = runTraining<E, Gpu>(training, { folder, observers, sinks, commandLine: process.argv })
  const services = Layer.mergeAll(gpu, shardsOf(options, training), weightsOf(options))
  return Effect.scoped(run).pipe(Effect.provide(services))
}
