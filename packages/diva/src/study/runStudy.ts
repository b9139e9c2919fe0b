import * as path from "node:path"
import { Clock, Effect, Result, type Scope } from "effect"
import type { FileError } from "@diva/models"
import { Shards } from "../data/shards.ts"
import { demoShard } from "../demo/demo.ts"
import type { EvaluationEvents } from "../evaluate/evaluationEvents.ts"
import { runTraining } from "../experiment/experiment.ts"
import { holdRun } from "../files/runLock.ts"
import { storage, writing } from "../files/storage.ts"
import { Gpu } from "../gpu/gpu.ts"
import { readMetrics } from "../run/metricsFile.ts"
import { provenance } from "../run/provenance.ts"
import { runFiles } from "../run/runFiles.ts"
import { readConfigs } from "../sources/readConfigs.ts"
import { hashed } from "./hashed.ts"
import { prepareStudy, type StudyInputs } from "./prepareStudy.ts"
import type { StudyError, StudyRequest } from "./studyRequest.ts"
import { keyedSteps, stepsLeft, type KeyedStep } from "./keyedSteps.ts"
import type { StudyStep } from "./study.ts"
import { armTraining, armWeights } from "./studyArm.ts"
import { studyPace } from "./studyPace.ts"
import { appendResult, hasLine, startArm, type StudyResult } from "./studyResults.ts"
import { driftBetween, scoreInStudy } from "./studyScores.ts"

const meanOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

const lossEnds = Effect.fnUntraced(function* (folder: string) {
  const losses = (yield* readMetrics(runFiles(folder).metrics)).map(({ losses: each }) => meanOf(each))
  const tenth = Math.max(1, Math.floor(losses.length / 10))
  return [meanOf(losses.slice(0, tenth)), meanOf(losses.slice(-tenth))] as const
})

const train = Effect.fnUntraced(function* (request: StudyRequest, { arm, seed }: StudyStep, folder: string) {
  const { study, world, sinks = [] } = request
  const models = yield* readConfigs({ clip: world.clip, clipConfig: world.clip, sd: world.diffusion })
  const training = yield* armTraining(arm, models, seed)
  const data = yield* demoShard(request.folder, arm.scenes ?? study.scenes, study.sceneSeed, training.imageSize)
  const sources = { clip: path.resolve(world.clip), sd: path.resolve(world.diffusion) }
  yield* runTraining(training, { folder, commandLine: [], sinks, sources }).pipe(
    Effect.provide(Shards.layerTar(data, { size: training.imageSize, seed, source: "rendered scenes" })),
    Effect.provide(armWeights(arm, world)),
  )
})

const machineFacts = Effect.gen(function* () {
  return { machine: (yield* Gpu).info.description, versions: (yield* provenance).versions }
})

const runStep = Effect.fnUntraced(function* (request: StudyRequest, inputs: StudyInputs, keyedStep: KeyedStep) {
  const { step, deciding, key } = keyedStep
  const start = yield* Clock.currentTimeMillis
  const run = path.join(request.folder, `${step.arm.name}-${step.seed}-${key}`)
  yield* train(request, step, run)
  const after = yield* scoreInStudy(inputs.scoredOn, runFiles(run).clip)
  const result: StudyResult = {
    arm: step.arm.name,
    seed: step.seed,
    key,
    settings: deciding,
    ...after.scores,
    loss: yield* lossEnds(run),
    drift: driftBetween(inputs.before.vectors, after.vectors),
    seconds: ((yield* Clock.currentTimeMillis) - start) / 1000,
    ...(yield* machineFacts),
  }
  yield* appendResult(request.results, result)
  const { files } = yield* storage
  yield* writing(run)(files.remove(run, { recursive: true, force: true }))
})

/** The line of the CLIP before training. */
const startResult = Effect.fnUntraced(function* ({ before, shared }: StudyInputs) {
  const line: StudyResult = {
    arm: startArm,
    seed: 0,
    key: hashed({ startArm, shared }),
    settings: {},
    ...before.scores,
    loss: [NaN, NaN],
    drift: 1,
    seconds: 0,
    ...(yield* machineFacts),
  }
  return line
})

/** Does a piece of work unless it is done, or another process is at it. */
const unlessTaken = <A, E, R>(claim: string, isDone: Effect.Effect<boolean, FileError>, work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const taken = yield* Effect.as(holdRun(claim), false).pipe(Effect.catchTag("RunLocked", () => Effect.succeed(true)))
    if (!taken && !(yield* isDone)) yield* work
  }).pipe(Effect.scoped)

/**
 * Runs a study step by step: each step one arm with one seed, its result a line of the file of results. Steps whose line is there
 * are not run again, and one that was stopped goes on, so a study may be stopped at any time. Several processes may run one study in one
 * folder: each takes the next step that nobody has taken. After a step that fails the others are run; in the end its error is the study's. Gives how many steps are left, those of other processes included.
 * Errors: those of training and scoring, `ConfigInvalid`, file errors.
 */
export const runStudy = Effect.fn("runStudy")(function* (
  request: StudyRequest,
): Effect.fn.Return<number, StudyError, Gpu | EvaluationEvents | Scope.Scope> {
  const { folder, results, budgetMinutes = Infinity, onStage = () => Effect.void } = request
  const deadline = (yield* Clock.currentTimeMillis) + budgetMinutes * 60_000
  const inputs = yield* prepareStudy(request)
  const isDone = hasLine(results)
  const claim = (key: string): string => path.join(folder, "claims", key)
  const start = yield* startResult(inputs)
  yield* unlessTaken(claim(start.key), isDone(start.key), appendResult(results, start))
  const steps = yield* keyedSteps(request)
  const failures: StudyError[] = []
  const pace = studyPace(deadline / 1000)
  const secondsLeft = Effect.gen(function* () {
    const done = yield* Effect.filter(steps, ({ key }) => isDone(key))
    return pace(done.length, steps.length, (yield* Clock.currentTimeMillis) / 1000)
  })
  for (const [i, each] of steps.entries()) {
    if ((yield* Clock.currentTimeMillis) >= deadline) break
    if (yield* isDone(each.key)) continue
    const { arm, seed } = each.step
    const stage = Effect.flatMap(secondsLeft, (left) =>
      onStage(`${arm.name}, seed ${seed}: step ${i + 1} of ${steps.length}`, left),
    )
    const step = Effect.andThen(stage, Effect.scoped(runStep(request, inputs, each)))
    const tried = yield* Effect.result(unlessTaken(claim(each.key), isDone(each.key), step))
    if (Result.isFailure(tried)) {
      yield* onStage(`${arm.name}, seed ${seed}: ${tried.failure._tag}`)
      failures.push(tried.failure)
    }
  }
  if (failures[0] !== undefined) return yield* Effect.fail(failures[0])
  return yield* stepsLeft(request)
}, Effect.scoped)
