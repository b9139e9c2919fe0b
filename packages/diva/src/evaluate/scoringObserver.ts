import { Effect, Layer, type Scope } from "effect"
import { patchCount } from "@diva/models"
import { openDecodePool } from "../data/decode/index.ts"
import type { Gpu } from "../gpu/gpu.ts"
import type { ArraysOf } from "../gpu/machineArray.ts"
import { Events, type ScoresTold } from "../train/observe/events.ts"
import type { MachineProgram, MachineRun } from "../train/machine/machineRun.ts"
import type { Observer } from "../train/observe/observer.ts"
import type { BenchmarkData } from "./datasets/benchmarkFolder.ts"
import { EvaluationEvents } from "./evaluationEvents.ts"
import { describeImages } from "./features/describeImages.ts"
import { describeTexts } from "./features/describeTexts.ts"
import { Features, type FeaturesError } from "./features/features.ts"
import type { PixelArguments, Tower } from "./features/tower.ts"
import { memoryCache } from "./features/vectorCache.ts"
import type { ClipModel } from "./model/clipModel.ts"
import { clipTower, describePixels, temperatureOf } from "./model/clipTower.ts"
import { evaluateMmvp, summariseMmvp } from "./mmvp/evaluateMmvp.ts"
import type { MmvpData } from "./mmvp/mmvpFolder.ts"
import { rulesOf, type Scoring } from "./rules/scorings.ts"
import type { ScoringRule } from "./rules/scoringRule.ts"
import { scaled, type Estimate } from "./statistics/interval.ts"
import { evaluateBenchmark, metricNames } from "./zeroShot/evaluateBenchmark.ts"

export interface ScoringOptions {
  /** Updates from one evaluation to the next; the model is scored before the first as well, and at the end. */
  readonly every: number
  /** The CLIP the run begins with: its text tower, its tokenizer, its preprocessing. */
  readonly clip: ClipModel
  readonly mmvp?: MmvpData
  readonly benchmarks?: readonly BenchmarkData[]
  /** Ways of scoring MMVP; both. */
  readonly scoring?: Scoring
  readonly draws?: number
  readonly seed?: number
  /** Pictures in a batch; 16: their activations are on the machine beside the run's. */
  readonly batch?: number
}

interface Vectors {
  readonly vectors: PixelArguments["pixels"]
}

/** A run's image tower as it is between updates, under a rule: one value for each rule, so that each is compiled once. */
const programsOf = (clip: ClipModel) => {
  const programs = new Map<string, MachineProgram<PixelArguments, Vectors>>()
  return (rule: ScoringRule): MachineProgram<PixelArguments, Vectors> => {
    const known = programs.get(rule.title) ?? {
      name: `scoring, ${rule.title}`,
      describe: ({ trainable }, { pixels, shares }) =>
        describePixels(
          clip,
          rule,
        )({
          params: trainable.class_model.model,
          pixels,
          ...(shares === undefined ? {} : { shares }),
        }),
    }
    programs.set(rule.title, known)
    return known
  }
}

/** The towers of a run: images by the parameters that train, texts by those that do not. */
const runTower = Effect.fnUntraced(function* (
  clip: ClipModel,
  run: MachineRun,
  programOf: ReturnType<typeof programsOf>,
) {
  const tower: Tower = {
    imageHash: undefined,
    textHash: undefined,
    preset: clip.preset,
    patches: patchCount(clip.config.vision),
    width: clip.config.embedWidth,
    temperature: yield* temperatureOf(clip.weights),
    tokenizer: clip.tokenizer,
    openImages: (rule) => Effect.succeed((batch) => run(programOf(rule), batch as ArraysOf<PixelArguments>)),
    openTexts: (batch) => Effect.flatMap(clipTower(clip), ({ openTexts }) => openTexts(batch)),
  }
  return tower
})

const told = ({ value, count, interval }: Estimate): ScoresTold[string] => ({ value, count, interval })

const scoreMmvp = Effect.fnUntraced(function* ({ clip, mmvp, scoring = "both", draws = 1, seed = 42 }: ScoringOptions) {
  if (mmvp === undefined) return []
  const scores: Record<string, ScoresTold[string]> = {}
  for (const rule of rulesOf(clip.flavour, scoring))
    scores[rule.title] = told(summariseMmvp(yield* evaluateMmvp({ data: mmvp, rule, draws, seed })).average)
  return [{ on: "MMVP", scores: scores as ScoresTold }]
})

const scoreBenchmarks = Effect.fnUntraced(function* ({ benchmarks = [], seed = 42 }: ScoringOptions) {
  return yield* Effect.forEach(benchmarks, (data) =>
    Effect.map(evaluateBenchmark({ data, seed }), ({ dataset, metrics }) => ({
      on: dataset,
      scores: Object.fromEntries(
        Object.entries(metrics).map(([name, estimate]) => [name, told(scaled(100, estimate))]),
      ) as ScoresTold,
    })),
  )
})

/** Names of the scores that a run is told: `MMVP/stock`, `vtab-cifar10/acc1`, … */
export const scoreNames = ({
  clip,
  mmvp,
  benchmarks = [],
  scoring = "both",
}: Pick<ScoringOptions, "clip" | "mmvp" | "benchmarks" | "scoring">): readonly string[] => [
  ...(mmvp === undefined ? [] : rulesOf(clip.flavour, scoring).map(({ title }) => `MMVP/${title}`)),
  ...benchmarks.flatMap((data) => metricNames(data).map((metric) => `${data.name}/${metric}`)),
]

/**
 * Scores a run while it trains, every `every` updates: percentages in events and metrics. It reads the parameters where they
 * lie, draws from keys of its own, and leaves the run's numbers as they are. Texts, which training leaves alone, are
 * computed once. Errors: those of `Features`, file errors of the log.
 */
export const scoringObserver = (options: ScoringOptions): Observer<FeaturesError, Gpu | Events> => {
  const { clip, every, batch = 16 } = options
  const texts = memoryCache()
  const programOf = programsOf(clip)
  const featuresOf = Effect.fnUntraced(function* (run: MachineRun) {
    const context = yield* Effect.context<Gpu | EvaluationEvents | Scope.Scope>()
    const tower = yield* runTower(clip, run, programOf)
    const pool = yield* openDecodePool()
    const { width, temperature } = tower
    const service: Features["Service"] = {
      identity: { imageHash: undefined, textHash: undefined, temperature, width },
      images: (request) =>
        describeImages({ tower, pool, cache: memoryCache(), batch, tellEvery: Infinity }, request).pipe(
          Effect.provideContext(context),
        ),
      texts: (groups) => describeTexts({ tower, cache: texts, batch: 64 }, groups).pipe(Effect.provideContext(context)),
    }
    return service
  })
  const observe = Effect.fnUntraced(function* (run: MachineRun, update: number) {
    const events = yield* Events
    const scored = Effect.gen(function* () {
      return [...(yield* scoreMmvp(options)), ...(yield* scoreBenchmarks(options))]
    })
    for (const each of yield* Effect.provide(scored, Layer.effect(Features, featuresOf(run))))
      yield* events.publish({ _tag: "scored", update, ...each })
  })
  const scope = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.scoped(Effect.provide(effect, EvaluationEvents.layerSilent))
  let last = -1
  return {
    name: "scoring",
    every,
    also: ["start", "finish"],
    observe: ({ moment, run, update }) =>
      Effect.suspend(() => {
        // A run that is resumed was scored where it stopped, or will be at its next turn.
        if (update === last || (moment === "start" && update > 0)) return Effect.void
        last = update
        return scope(observe(run, update))
      }),
  }
}
