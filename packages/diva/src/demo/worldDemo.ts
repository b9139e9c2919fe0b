import * as path from "node:path"
import { Effect, type Scope } from "effect"
import { writeJson } from "../files/writeJson.ts"
import { writeText } from "../files/writeText.ts"
import type { EvaluationEvents } from "../evaluate/evaluationEvents.ts"
import { readPictures } from "../pictures/index.ts"
import { runFiles } from "../run/runFiles.ts"
import { embedImages } from "../evaluate/page/embedImages.ts"
import { imagesOfPage } from "../evaluate/page/mmvpPage.ts"
import type { PartialSettings } from "../settings/trainSettings.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { readConfigs } from "../sources/readConfigs.ts"
import type { EventSink } from "../train/observe/events.ts"
import { shippedWorld, type WorldFiles } from "../world/shippedWorld.ts"
import { scoreInWorld, trainInWorld, worldSets, type WorldError, type WorldScores } from "../world/worldRun.ts"
import { worldTraining } from "../world/worldTraining.ts"
import { demoShard } from "./demo.ts"
import { demoImages } from "./demoMicroStep.ts"
import { demoPace, type DemoStage } from "./demoPace.ts"
import { demoPictures } from "./demoPictures.ts"
import { worldDemoPage, type WorldDemoPage } from "./worldDemoPage.ts"
import { comparedSets, type ComparedSet } from "./worldDemoTable.ts"

/** The demonstration on trained models: scores before, diffusion feedback, scores after. */
export interface WorldDemoOptions {
  /** Where scenes, runs and the report are written. */
  readonly folder: string
  /** The models and benchmarks that ship with this package by default. */
  readonly world?: WorldFiles
  /** Optimizer updates of each run, of 16 pictures; 20. */
  readonly updates?: number
  /** Scenes to train on; 320. */
  readonly scenes?: number
  /** One run for each; 1, 2, 3. */
  readonly seeds?: readonly number[]
  /** What is changed of `worldSettings`. */
  readonly changes?: PartialSettings
  readonly commandLine?: readonly string[]
  readonly sinks?: readonly EventSink[]
  /** Is told what begins. */
  readonly onStage?: (stage: DemoStage) => Effect.Effect<void>
}

/** One run of the demonstration. */
export interface WorldDemoRun {
  readonly seed: number
  readonly clip: string
  readonly scores: WorldScores
}

/** What the demonstration measured. */
export interface WorldDemoSummary {
  readonly folder: string
  readonly report: string
  readonly before: WorldScores
  readonly after: readonly WorldDemoRun[]
  readonly sets: readonly ComparedSet[]
}

const defaultSeeds = [1, 2, 3] as const

/** Before and after on the page: of the first run. */
const writePage = Effect.fnUntraced(function* (
  file: string,
  page: Omit<WorldDemoPage, "images" | "pictures">,
  run: string,
) {
  const { before, after } = page
  const first = after[0]!.scores
  const files = worldSets.flatMap((set) => imagesOfPage(before[set], first[set]))
  const images = yield* embedImages(files)
  yield* writeText(file, worldDemoPage({ ...page, images, pictures: yield* readPictures(runFiles(run).pictures) }))
})

/**
 * Scores a world's CLIP on its benchmarks, trains its image tower by diffusion feedback on scenes without captions once for each
 * seed, scores again, and writes `report.html` and the numbers of its tables, `result.json`. Runs that are there are used as they are. Errors: those of training and scoring.
 */
export const worldDemo = Effect.fn("worldDemo")(function* (
  options: WorldDemoOptions,
): Effect.fn.Return<WorldDemoSummary, WorldError, Gpu | EvaluationEvents | Scope.Scope> {
  const { folder, world = shippedWorld, updates = 20, scenes = 320, seeds = defaultSeeds, changes } = options
  const { commandLine = [], sinks = [], onStage = () => Effect.void } = options
  const models = yield* readConfigs({ clip: world.clip, clipConfig: world.clip, sd: world.diffusion })
  const pace = yield* demoPace
  const begin = Effect.fnUntraced(function* (step: number, what: string) {
    const steps = 2 + 2 * seeds.length
    // Every other step from the third on trains; the one after it scores.
    const runs = Math.ceil((steps - step + 1) / 2)
    const left = yield* pace.left(step % 2 === 1 ? updates * runs : updates * (runs - 1), runs)
    yield* onStage({ what, step, steps, ...(left === undefined ? {} : { left }) })
  })
  yield* begin(1, `rendering ${scenes} scenes`)
  const data = yield* demoShard(folder, scenes, 42, models.configs.clip.vision.imageSize)
  yield* begin(2, "scoring the CLIP as it is")
  const before = yield* pace.scoring(scoreInWorld(world, world.clip, "before"))
  const after: WorldDemoRun[] = []
  for (const [i, seed] of seeds.entries()) {
    yield* begin(3 + 2 * i, `training with seed ${seed}, run ${i + 1} of ${seeds.length}`)
    const training = worldTraining(models, { updates, "images-per-update": demoImages, ...changes, seed })
    const at = path.join(folder, `seed-${seed}-${updates}`)
    const observers = i === 0 ? yield* demoPictures(world, training, at) : []
    const run = { world, training, folder: at, data, commandLine, sinks: [pace.sink, ...sinks], observers }
    const clip = yield* trainInWorld(run)
    yield* begin(4 + 2 * i, `scoring what seed ${seed} gave`)
    after.push({ seed, clip, scores: yield* pace.scoring(scoreInWorld(world, clip, `seed ${seed}`)) })
  }
  const sets = comparedSets(before, after)
  const report = path.join(folder, "report.html")
  yield* writePage(report, { before, after, sets, updates, scenes }, path.dirname(after[0]!.clip))
  const runs = after.map(({ seed, clip }) => ({ seed, clip }))
  yield* writeJson(path.join(folder, "result.json"), { updates, scenes, sets, runs })
  const summary: WorldDemoSummary = { folder, report, before, after, sets }
  return summary
}, Effect.scoped)
