import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import * as path from "node:path"
import { Clock, Effect, type Scope } from "effect"
import type { FileError } from "@diva/models"
import type { OpenShardsError } from "../data/shardsError.ts"
import { Shards } from "../data/shards.ts"
import { demoShard } from "../demo/demo.ts"
import { alignmentVectors, sharedImages, type AlignmentVectors } from "../evaluate/compare/alignmentVectors.ts"
import { openBenchmark } from "../evaluate/datasets/benchmarkFolder.ts"
import type { EvaluationEvents } from "../evaluate/evaluationEvents.ts"
import { dot, vectorAt, vectorCount } from "../evaluate/features/vectorTable.ts"
import { openMmvp } from "../evaluate/mmvp/mmvpFolder.ts"
import { evaluateMmvp, summariseMmvp } from "../evaluate/mmvp/evaluateMmvp.ts"
import { openClipModel } from "../evaluate/model/openClipModel.ts"
import { withClip } from "../evaluate/model/withClip.ts"
import { stockRule } from "../evaluate/rules/flavours.ts"
import { evaluateBenchmark } from "../evaluate/zeroShot/evaluateBenchmark.ts"
import { runTraining } from "../experiment/experiment.ts"
import type { ConfigInvalid } from "../files/configInvalid.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { Json } from "../json.ts"
import { readMetrics } from "../run/metricsFile.ts"
import { provenance } from "../run/provenance.ts"
import { runFiles } from "../run/runFiles.ts"
import { readConfigs } from "../sources/readConfigs.ts"
import type { EventSink } from "../train/events.ts"
import { classKinds, writeClassSet } from "../world/classSets.ts"
import { folderHash } from "../world/folderHash.ts"
import type { WorldFiles } from "../world/shippedWorld.ts"
import type { WorldError } from "../world/worldRun.ts"
import { worldSettings } from "../world/worldTraining.ts"
import { stepsOf, type Study, type StudyStep } from "./study.ts"
import { armTraining, armWeights } from "./studyArm.ts"
import { appendResult, readResults, startArm, type StudyResult, type StudyScores } from "./studyResults.ts"

export type StudyError = WorldError | FileError | ConfigInvalid | OpenShardsError

export interface StudyRequest {
  readonly study: Study
  readonly world: WorldFiles
  /** Where runs and scenes lie while they are needed. */
  readonly folder: string
  /** JSON lines, one for each run. */
  readonly results: string
  /** Arms to run; all of them. */
  readonly only?: readonly string[]
  /** Begins no further run after so many minutes. */
  readonly budgetMinutes?: number
  readonly sinks?: readonly EventSink[]
  readonly onStage?: (stage: string) => Effect.Effect<void>
}

/** Everything a score needs, made once. */
interface Scored {
  readonly scores: StudyScores
  readonly vectors: AlignmentVectors
}

const scoreClip = Effect.fnUntraced(function* ({ world, folder }: StudyRequest, clip: string) {
  const model = yield* openClipModel({ path: clip, base: world.clip })
  const scored = Effect.gen(function* () {
    const of = Effect.fnUntraced(function* (set: string) {
      const { categories, average } = summariseMmvp(
        yield* evaluateMmvp({ data: yield* openMmvp(set), rule: stockRule }),
      )
      return { categories: categories.map(({ estimate }) => estimate.value), average: average.value }
    })
    const classes = Effect.fnUntraced(function* (kind: string) {
      const data = yield* openBenchmark(path.join(folder, `wds_world-${kind}`))
      return 100 * (yield* evaluateBenchmark({ data })).metrics["acc1"]!.value
    })
    const found: Scored = {
      scores: {
        confused: yield* of(world.confused),
        control: yield* of(world.control),
        objects: yield* classes("objects"),
        colours: yield* classes("colours"),
      },
      vectors: yield* alignmentVectors(yield* openMmvp(world.control)),
    }
    return found
  })
  return yield* withClip(model)(scored)
})

const driftBetween = (before: AlignmentVectors, after: AlignmentVectors): number => {
  const [a, b] = sharedImages(before, after)
  const cosines = Array.from({ length: vectorCount(a) }, (_, i) => dot(vectorAt(a, i), vectorAt(b, i)))
  return cosines.reduce((sum, x) => sum + x, 0) / cosines.length
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

const lossEnds = Effect.fnUntraced(function* (folder: string) {
  const losses = (yield* readMetrics(runFiles(folder).metrics)).map(({ losses: each }) => meanOf(each))
  const tenth = Math.max(1, Math.floor(losses.length / 10))
  return [meanOf(losses.slice(0, tenth)), meanOf(losses.slice(-tenth))] as const
})

const hashed = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16)

/** What decides a run, as its line holds it. */
const decidingOf = ({ study, world }: StudyRequest, { arm, seed }: StudyStep, weights: string) => {
  const { settings = {}, prior = path.basename(world.diffusion), feedback = "own", scenes = study.scenes } = arm
  return { ...worldSettings, ...settings, seed, prior, feedback, scenes, sceneSeed: study.sceneSeed, world: weights }
}

const modelsOf = ({ world }: StudyRequest) =>
  readConfigs({ clip: world.clip, clipConfig: world.clip, sd: world.diffusion })

const prepareClasses = Effect.fnUntraced(function* (request: StudyRequest) {
  const { folder, study } = request
  const size = (yield* modelsOf(request)).configs.clip.vision.imageSize
  for (const kind of classKinds) {
    const at = path.join(folder, `wds_world-${kind}`)
    if (!existsSync(path.join(at, "test", "0.tar")))
      yield* writeClassSet(at, { kind, count: study.classScenes, seed: study.sceneSeed + 1, size })
  }
})

const runStep = Effect.fnUntraced(function* (request: StudyRequest, step: StudyStep, folder: string) {
  const { study, world, sinks = [] } = request
  const { arm, seed } = step
  const models = yield* modelsOf(request)
  const training = yield* armTraining(arm, models, seed)
  const data = yield* demoShard(request.folder, arm.scenes ?? study.scenes, study.sceneSeed, training.imageSize)
  const sources = { clip: path.resolve(world.clip), sd: path.resolve(world.diffusion) }
  yield* runTraining(training, { folder, commandLine: [], sinks, sources }).pipe(
    Effect.provide(Shards.layerTar(data, { size: training.imageSize, seed, source: "rendered scenes" })),
    Effect.provide(armWeights(arm, world)),
  )
})

/**
 * Runs a study step by step: each step one arm with one seed, its result a line of the file of results. Steps whose line is there
 * are not run again, and one that was stopped goes on, so a study may be stopped at any time. Gives how many steps are left.
 * Errors: those of training and scoring, `ConfigInvalid`, file errors.
 */
export const runStudy = Effect.fn("runStudy")(function* (
  request: StudyRequest,
): Effect.fn.Return<number, StudyError, Gpu | EvaluationEvents | Scope.Scope> {
  const { study, world, folder, results, only, budgetMinutes = Infinity, onStage = () => Effect.void } = request
  const began = yield* Clock.currentTimeMillis
  const minutes = Effect.map(Clock.currentTimeMillis, (now) => (now - began) / 60_000)
  const weights = `${yield* folderHash(world.clip)} ${yield* folderHash(world.diffusion)} ${yield* folderHash(world.confused)} ${yield* folderHash(world.control)}`
  const about = { machine: (yield* Gpu).info.description, versions: (yield* provenance).versions }
  const isDone = (key: string): boolean => readResults(results).some((line) => line.key === key)
  const keyed = stepsOf(study)
    .filter(({ arm }) => only === undefined || only.includes(arm.name))
    .map((step) => ({ step, deciding: decidingOf(request, step, hashed(weights)) }))
    .map(({ step, deciding }) => ({ step, deciding, key: hashed({ arm: step.arm.name, ...deciding }) }))
  const left = keyed.filter(({ key }) => !isDone(key))
  const startKey = hashed({ startArm, weights })
  if (left.length === 0 && isDone(startKey)) return 0
  yield* prepareClasses(request)
  yield* onStage("scoring the CLIP as it is")
  const before = yield* scoreClip(request, world.clip)
  const line = { ...about, loss: [NaN, NaN], drift: 1, seconds: 0, seed: 0 } as const
  if (!isDone(startKey))
    yield* appendResult(results, { arm: startArm, key: startKey, settings: {}, ...before.scores, ...line })
  let done = 0
  for (const { step, deciding, key } of left) {
    if ((yield* minutes) >= budgetMinutes) break
    yield* onStage(`${step.arm.name}, seed ${step.seed}: step ${done + 1} of ${left.length}`)
    const start = yield* Clock.currentTimeMillis
    const run = path.join(folder, `${step.arm.name}-${step.seed}-${key}`)
    yield* runStep(request, step, run)
    const after = yield* scoreClip(request, runFiles(run).clip)
    const result: StudyResult = {
      arm: step.arm.name,
      seed: step.seed,
      key,
      settings: deciding as Json,
      ...after.scores,
      loss: yield* lossEnds(run),
      drift: driftBetween(before.vectors, after.vectors),
      seconds: ((yield* Clock.currentTimeMillis) - start) / 1000,
      ...about,
    }
    yield* appendResult(results, result)
    yield* Effect.promise(() => rm(run, { recursive: true, force: true }))
    done += 1
  }
  return left.length - done
}, Effect.scoped)
