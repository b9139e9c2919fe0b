import { existsSync } from "node:fs"
import {
  configBeside,
  openBenchmark,
  openClipModel,
  openMmvp,
  readObject,
  rowNamed,
  scoringObserver,
  type ConfigInvalid,
  type DataSetInvalid,
  type Events,
  type FeaturesError,
  type Gpu,
  type Observer,
  type OpenModelError,
  type OpenShardsError,
  type QuestionsInvalid,
  type TrainSettings,
} from "@diva/diva"
import { Data, Effect, Option, type Scope } from "effect"

/** What of a command line says when and on what a run is scored. */
export interface ScoringInput {
  readonly evalEvery: Option.Option<number>
  readonly evalMmvp: Option.Option<string>
  readonly evalData: readonly string[]
}

/** A run is to be scored, and what that needs was not given. */
export class ScoringIncomplete extends Data.TaggedError("ScoringIncomplete")<{
  readonly rule: string
  readonly remedy: string
}> {}

/** Why a run cannot be scored as the command line says. */
export type ScoringInputError =
  ScoringIncomplete | OpenModelError | ConfigInvalid | DataSetInvalid | QuestionsInvalid | OpenShardsError

const wanted = ({ evalEvery, evalMmvp, evalData }: ScoringInput): boolean =>
  Option.isSome(evalEvery) || Option.isSome(evalMmvp) || evalData.length > 0

/** The CLIP a run begins with, for its texts and its preprocessing. */
const clipOf = Effect.fnUntraced(function* (settings: TrainSettings & { readonly clip: string }) {
  const named = settings["clip-config"]
  const config = named !== undefined && existsSync(named) ? yield* readObject(named) : undefined
  const isSaid = named !== undefined || settings.row !== undefined
  const beside = isSaid ? undefined : yield* configBeside(settings.clip)
  return yield* openClipModel({
    path: settings.clip,
    row: beside === undefined ? rowNamed(settings) : undefined,
    ...(config === undefined ? {} : { config }),
  })
})

/** The observer that scores a run, where one is asked for. Files stay open until the scope ends. */
export const scoringObservers = Effect.fn("scoringObservers")(function* (
  settings: TrainSettings,
  input: ScoringInput,
): Effect.fn.Return<readonly Observer<FeaturesError, Gpu | Events>[], ScoringInputError, Scope.Scope> {
  if (!wanted(input)) return []
  const { evalEvery, evalMmvp, evalData } = input
  if (Option.isNone(evalEvery))
    return yield* new ScoringIncomplete({ rule: "no updates between scores are given", remedy: "give --eval-every" })
  if (Option.isNone(evalMmvp) && evalData.length === 0)
    return yield* new ScoringIncomplete({
      rule: "nothing to score on is given",
      remedy: "give --eval-mmvp or --eval-data",
    })
  if (settings.clip === undefined)
    return yield* new ScoringIncomplete({ rule: "drawn weights have no texts to score by", remedy: "give --clip" })
  const clip = yield* clipOf({ ...settings, clip: settings.clip })
  const mmvp = Option.isSome(evalMmvp) ? yield* openMmvp(evalMmvp.value) : undefined
  const benchmarks = yield* Effect.forEach(evalData, (folder) => openBenchmark(folder))
  const { seed } = settings
  const observer = scoringObserver({
    every: evalEvery.value,
    clip,
    benchmarks,
    seed,
    ...(mmvp === undefined ? {} : { mmvp }),
  })
  return [observer]
})
