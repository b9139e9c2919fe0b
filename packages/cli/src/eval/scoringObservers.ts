import {
  benchmarkPlace,
  configBeside,
  ConfigInvalid,
  openBenchmark,
  openClipModel,
  openMmvp,
  readObject,
  rowNamed,
  scoreNames,
  scoringObserver,
  type DataSetInvalid,
  type Events,
  type FeaturesError,
  type Gpu,
  isThere,
  type Observer,
  type OpenModelError,
  type OpenShardsError,
  type QuestionsInvalid,
  type TrainSettings,
} from "@diva/diva"
import { nearestName } from "@diva/models"
import { Effect, type Scope } from "effect"

/** Why a run cannot be scored as its settings say. */
export type ScoringError = OpenModelError | ConfigInvalid | DataSetInvalid | QuestionsInvalid | OpenShardsError

/** The CLIP a run begins with, for its texts and its preprocessing. */
const clipOf = Effect.fnUntraced(function* (settings: TrainSettings & { readonly clip: string }) {
  const named = settings["clip-config"]
  const config = named !== undefined && (yield* isThere(named)) ? yield* readObject(named) : undefined
  const isSaid = named !== undefined || settings.row !== undefined
  const beside = isSaid ? undefined : yield* configBeside(settings.clip)
  return yield* openClipModel({
    path: settings.clip,
    row: beside === undefined ? rowNamed(settings) : undefined,
    ...(config === undefined ? {} : { config }),
  })
})

/** What the best checkpoint is the best by must be told by the scores. */
export const requireScore = (by: string | undefined, names: readonly string[]): Effect.Effect<void, ConfigInvalid> => {
  const known = ["loss", ...new Set(names.map((name) => name.replace(/\/.*/s, ""))), ...names]
  if (by === undefined || known.includes(by)) return Effect.void
  const nearest = known.find((name) => name.toLowerCase() === by.toLowerCase()) ?? nearestName(by, known)
  return Effect.fail(
    new ConfigInvalid({
      field: "keep-best",
      rule: `"keep-best" names "${by}", which is not scored`,
      remedy: nearest === undefined ? `choose one of ${known.join(", ")}` : `did you mean "${nearest}"?`,
    }),
  )
}

/** The observer that scores a run, where its settings ask for one. Files stay open until the scope ends. */
export const scoringObservers = Effect.fn("scoringObservers")(function* (
  settings: TrainSettings,
): Effect.fn.Return<readonly Observer<FeaturesError, Gpu | Events>[], ScoringError, Scope.Scope> {
  const { clip: file, seed, "eval-every": every, "eval-mmvp": folder, "eval-data": folders = [] } = settings
  if (every === undefined || file === undefined) return []
  const mmvp = folder === undefined ? undefined : yield* openMmvp(folder)
  const benchmarks = yield* Effect.forEach(folders, (named) =>
    Effect.flatMap(benchmarkPlace(named), (folder) => openBenchmark(folder)),
  )
  const clip = yield* clipOf({ ...settings, clip: file })
  const options = { every, clip, benchmarks, seed, ...(mmvp === undefined ? {} : { mmvp }) }
  yield* requireScore(settings["keep-best"], scoreNames(options))
  return [scoringObserver(options)]
})
