import {
  isRowName,
  mmvpOf,
  openClipModel,
  openMmvp,
  readObject,
  turnedFiles,
  withClip,
  writeText,
  type DataSetInvalid,
  type FeaturesError,
  type OpenClipModel,
  type OpenModelError,
  type QuestionsInvalid,
  type TrainError,
} from "@diva/diva"
import { Effect } from "effect"
import type { Command } from "effect/cli"
import type { Screen } from "../screen/screen.ts"
import { machine } from "../machine/machine.ts"
import { RunNotPictured, settingsOfRun, type RunSettingsError } from "../train/settingsOfRun.ts"
import { evaluationEvents } from "./evaluationSink.ts"

/** Everything that scoring afterwards can fail by. */
export type ScoresError =
  RunSettingsError | OpenModelError | FeaturesError | DataSetInvalid | QuestionsInvalid | TrainError

/**
 * Scores the CLIP that a run of `diva train` began with, and the one it has made so far, on MMVP's pairs, and keeps both results in the
 * run's folder, where its report finds the pairs that turned. Errors: `RunNotPictured`, those of opening models and scoring, file errors.
 */
export const scoresAfterwards: (
  folder: string,
  pairs: string,
) => Effect.Effect<void, ScoresError, Screen | Command.Environment> = Effect.fn("scoresAfterwards")(
  function* (folder, pairs) {
    const { clip, row, "clip-config": configFile } = yield* settingsOfRun(folder)
    if (clip === undefined)
      return yield* new RunNotPictured({
        folder,
        rule: "the run did not begin with weights of a file, so there is nothing to compare with",
        remedy: "diva eval mmvp scores it alone",
      })
    const about: Partial<OpenClipModel> = {
      ...(row === undefined ? {} : { row }),
      ...(configFile === undefined || isRowName(configFile) ? {} : { config: yield* readObject(configFile) }),
    }
    const data = yield* openMmvp(pairs)
    const files = turnedFiles(folder)
    const score = Effect.fnUntraced(function* (file: string, which: OpenClipModel) {
      const model = yield* openClipModel({ ...about, ...which })
      const report = yield* mmvpOf(model, { data, categoryRule: "order", scoring: "stock", seed: 42, draws: 1 }).pipe(
        withClip(model),
      )
      yield* writeText(file, `${JSON.stringify(report, null, 1)}\n`)
    }, Effect.scoped)
    yield* Effect.all([score(files.before, { path: clip }), score(files.after, { path: folder, base: clip })]).pipe(
      Effect.provide(machine(false)),
      Effect.provide(evaluationEvents(false)),
    )
  },
)
