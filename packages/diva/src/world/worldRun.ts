import * as path from "node:path"
import { Effect, type Scope } from "effect"
import type { OpenShardsError } from "../data/shardsError.ts"
import { Shards } from "../data/shards.ts"
import type { EvaluationEvents } from "../evaluate/evaluationEvents.ts"
import type { FeaturesError } from "../evaluate/features/features.ts"
import { mmvpOf } from "../evaluate/mmvp/mmvpOf.ts"
import { openMmvp, type DataSetInvalid } from "../evaluate/mmvp/mmvpFolder.ts"
import type { MmvpReport } from "../evaluate/mmvp/mmvpReport.ts"
import type { QuestionsInvalid } from "../evaluate/mmvp/questions.ts"
import { openClipModel, type OpenModelError } from "../evaluate/model/openClipModel.ts"
import { withClip } from "../evaluate/model/withClip.ts"
import { runTraining } from "../experiment/experiment.ts"
import type { Training } from "../experiment/trainingOf.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { runFiles } from "../run/runFiles.ts"
import { Weights } from "../sources/weights.ts"
import type { Events, EventSink } from "../train/observe/events.ts"
import type { Observer } from "../train/observe/observer.ts"
import type { TrainError } from "../train/trainError.ts"
import type { WorldFiles } from "./shippedWorld.ts"

/** Everything that a training in the world and its scores can fail by. */
export type WorldError =
  TrainError | OpenShardsError | OpenModelError | FeaturesError | DataSetInvalid | QuestionsInvalid

/** A CLIP's scores on both benchmarks of a world. */
export interface WorldScores {
  readonly confused: MmvpReport
  readonly control: MmvpReport
}

/** The two benchmarks of a world by name, in the order of tables. */
export const worldSets = ["confused", "control"] as const

/** Scores a CLIP, as its authors score it, on both benchmarks of a world. */
export const scoreInWorld = Effect.fn("scoreInWorld")(function* (
  world: WorldFiles,
  clip: string,
  name: string,
): Effect.fn.Return<WorldScores, WorldError, Gpu | EvaluationEvents | Scope.Scope> {
  const model = yield* openClipModel({ path: clip, name, base: world.clip })
  const score = Effect.fnUntraced(function* (set: (typeof worldSets)[number]) {
    const data = yield* openMmvp(world[set])
    return yield* mmvpOf(
      { ...model, name: `${name}, ${set} pairs` },
      { data, categoryRule: "order", scoring: "stock", seed: 42, draws: 1 },
    )
  })
  const both = Effect.gen(function* () {
    const scores: WorldScores = { confused: yield* score("confused"), control: yield* score("control") }
    return scores
  })
  return yield* withClip(model)(both)
})

export interface WorldRun {
  readonly world: WorldFiles
  readonly training: Training
  readonly folder: string
  /** Shards of scenes; captions are not looked at. */
  readonly data: string
  readonly commandLine: readonly string[]
  readonly sinks?: readonly EventSink[]
  /** What looks at the run, and never changes its numbers. */
  readonly observers?: readonly Observer<TrainError, Gpu | Shards | Events>[]
}

/** Trains from a world's weights on scenes without captions. Gives the trained CLIP's file; a run that is there goes on. */
export const trainInWorld = Effect.fn("trainInWorld")(function* ({
  world,
  training,
  folder,
  data,
  commandLine,
  sinks = [],
  observers = [],
}: WorldRun): Effect.fn.Return<string, WorldError, Gpu | Scope.Scope> {
  const { seed, imageSize: size } = training
  const sources = { clip: path.resolve(world.clip), sd: path.resolve(world.diffusion) }
  yield* runTraining(training, { folder, commandLine, sinks, observers, sources }).pipe(
    Effect.provide(Shards.layerTar(data, { size, seed, source: "rendered scenes" })),
    Effect.provide(Weights.layerFiles(sources)),
  )
  return runFiles(folder).clip
})
