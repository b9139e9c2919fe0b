import { tmpdir } from "node:os"
import * as path from "node:path"
import { Effect, type Scope } from "effect"
import { sceneAt } from "../scenes/index.ts"
import { openBenchmark } from "../evaluate/datasets/benchmarkFolder.ts"
import type { EvaluationEvents } from "../evaluate/evaluationEvents.ts"
import { openClipModel } from "../evaluate/model/openClipModel.ts"
import { withClip } from "../evaluate/model/withClip.ts"
import { attributeGroupNames } from "../scenes/attributes.ts"
import { scaled, type Estimate } from "../evaluate/statistics/interval.ts"
import { wilson } from "../evaluate/statistics/wilson.ts"
import { evaluateBenchmark } from "../evaluate/zeroShot/evaluateBenchmark.ts"
import { storage, writing } from "../files/storage.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { readPrior, readVae } from "../sample/readPrior.ts"
import { classKinds, writeClassSet } from "./classSets.ts"
import { heldOutNoiseError, heldOutVaeError, type HeldOut } from "./heldOut.ts"
import { judgeScenes, scoreSamples, type SamplesError, type SamplesReport } from "./scoreSamples.ts"
import type { WorldFiles } from "./shippedWorld.ts"
import { scoreInWorld, worldSets, type WorldScores } from "./worldRun.ts"

export interface MeasureWorld {
  readonly world: WorldFiles
  /** Folder of the VAE, where it is not that of the world's diffusion model. */
  readonly vae?: string
  /** Scenes that no model has seen: their seed. */
  readonly seed?: number
  /** Pictures of each zero-shot set; 600. */
  readonly classScenes?: number
  /** Pictures over which errors are taken; 256. */
  readonly heldOut?: number
  /** Captions, and pictures drawn for them; 256. */
  readonly samples?: number
  /** Steps of a drawing; 30. */
  readonly steps?: number
  /** Pictures computed at once; 64. */
  readonly batch?: number
  /** Edge of the pictures, pixels; 64. */
  readonly size?: number
  readonly onStage?: (stage: string) => Effect.Effect<void>
}

/** What a world's models can do. */
export interface MeasuredWorld {
  readonly scores: WorldScores
  readonly samples: SamplesReport
  readonly estimates: Estimates
}

/** Models that `world.json` states scores of, whose names begin with theirs. */
export const scoredModels = ["clip", "vae", "diffusion", "attributes"] as const

export type ScoredModel = (typeof scoredModels)[number]

/** Scores by name, each with its 95 % interval: `clip.objects`, `vae.error`, `attributes.sides`, … */
export type Estimates = Readonly<Record<string, Estimate>>

const zeroShotSeed = 42

/** Percent of scenes whose thing, or whose colour, the CLIP names. */
const zeroShot = Effect.fnUntraced(function* (clip: string, count: number, size: number) {
  const { files } = yield* storage
  const root = yield* writing(tmpdir())(files.makeTempDirectoryScoped({ prefix: "diva-world-" }))
  const estimates = yield* Effect.forEach(classKinds, (kind) =>
    Effect.gen(function* () {
      const folder = path.join(root, `wds_world-${kind}`)
      yield* writeClassSet(folder, { kind, count, seed: zeroShotSeed, size })
      const { metrics } = yield* evaluateBenchmark({ data: yield* openBenchmark(folder) })
      return [`clip.${kind}`, scaled(100, metrics["acc1"]!)] as const
    }),
  ).pipe(withClip(yield* openClipModel({ path: clip })))
  return estimates
}, Effect.scoped)

/** Percent of all pairs of a benchmark that are solved. */
const solvedOf = ({ scorings: [scoring] }: WorldScores["control"]): Estimate =>
  scaled(100, wilson(scoring!.correct[0]!, scoring!.pairs.length))

/** Percent of pictures that agree with their captions, of each group of words that any caption names. */
const ofGroups = (name: string, agreement: SamplesReport["samples"]): Estimates =>
  Object.fromEntries(
    attributeGroupNames
      .filter((group) => agreement[group].count > 0)
      .map((group) => [`${name}.${group}`, scaled(100, agreement[group])]),
  )

type Measuring<A> = Effect.Effect<A, SamplesError, Gpu | EvaluationEvents | Scope.Scope>

const filled = (request: MeasureWorld) => ({
  seed: 9001,
  classScenes: 600,
  heldOut: 256,
  samples: 256,
  steps: 30,
  batch: 64,
  size: 64,
  onStage: () => Effect.void,
  ...request,
})

const scoredClip = Effect.fnUntraced(function* (request: MeasureWorld) {
  const { world, classScenes, size, onStage } = filled(request)
  yield* onStage("scoring the CLIP on pairs")
  const scores = yield* scoreInWorld(world, world.clip, "the CLIP")
  yield* onStage("scoring it on classes")
  const classes = yield* zeroShot(world.clip, classScenes, size)
  const pairs = worldSets.map((set) => [`clip.${set}`, solvedOf(scores[set])] as const)
  return { scores, estimates: Object.fromEntries([...pairs, ...classes]) as Estimates }
})

const heldOutOf = (request: MeasureWorld): HeldOut => {
  const { seed, heldOut, size, batch } = filled(request)
  const scenes = Array.from({ length: heldOut }, (_, i) => sceneAt(seed, i))
  return { scenes, size, batch: Math.min(batch, 16, heldOut) }
}

const vaeEstimates = Effect.fnUntraced(function* (request: MeasureWorld) {
  const { world, onStage, vae = path.join(world.diffusion, "vae") } = filled(request)
  yield* onStage("errors of the VAE on scenes that it has not seen")
  return { "vae.error": yield* heldOutVaeError(yield* readVae(vae), heldOutOf(request)) }
})

const noiseEstimates = Effect.fnUntraced(function* (request: MeasureWorld) {
  const { world, onStage } = filled(request)
  yield* onStage("errors of the UNet on scenes that it has not seen")
  return { "diffusion.noise": yield* heldOutNoiseError(yield* readPrior(world.diffusion), heldOutOf(request)) }
})

const drawings = (request: MeasureWorld) => {
  const { world, samples: count, ...rest } = filled(request)
  return scoreSamples({ ...rest, model: world.diffusion, clip: world.clip, attributes: world.attributes, count })
}

/** How the scores of one model are measured alone. */
const alone: Readonly<Record<ScoredModel, (request: MeasureWorld) => Measuring<Estimates>>> = {
  clip: (request) => Effect.map(scoredClip(request), ({ estimates }) => estimates),
  vae: vaeEstimates,
  diffusion: Effect.fnUntraced(function* (request: MeasureWorld) {
    const noise = yield* noiseEstimates(request)
    return { ...noise, ...ofGroups("diffusion", (yield* drawings(request)).samples) }
  }),
  attributes: Effect.fnUntraced(function* (request: MeasureWorld) {
    const { world, samples: count, onStage, ...rest } = filled(request)
    yield* onStage("judging scenes")
    return ofGroups("attributes", yield* judgeScenes({ ...rest, attributes: world.attributes, count }))
  }),
}

/** Measures what is said of some of a world's models, and of no other. Errors: those of `measureWorld`. */
export const measureModels = Effect.fn("measureModels")(function* (
  models: readonly ScoredModel[],
  request: MeasureWorld,
): Effect.fn.Return<Estimates, SamplesError, Gpu | EvaluationEvents | Scope.Scope> {
  const all = yield* Effect.forEach(models, (model) => alone[model](request))
  return Object.assign({}, ...all) as Estimates
})

/**
 * Measures everything that is said of a world's models: pairs solved and zero-shot accuracy of its CLIP, held-out errors of its VAE and
 * UNet, what its diffusion model draws as its judge sees it, and what the judge makes of true scenes.
 * Errors: those of reading models, scoring, file errors, any `TensorError`.
 */
export const measureWorld = Effect.fn("measureWorld")(function* (
  request: MeasureWorld,
): Effect.fn.Return<MeasuredWorld, SamplesError, Gpu | EvaluationEvents | Scope.Scope> {
  const { scores, estimates } = yield* scoredClip(request)
  const errors = { ...(yield* vaeEstimates(request)), ...(yield* noiseEstimates(request)) }
  const samples = yield* drawings(request)
  const drawn = { ...ofGroups("diffusion", samples.samples), ...ofGroups("attributes", samples.scenes) }
  return { scores, samples, estimates: { ...estimates, ...errors, ...drawn } }
})
