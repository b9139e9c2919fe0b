import * as path from "node:path"
import { Effect, Schema } from "effect"
import { ConfigInvalid } from "../files/configInvalid.ts"
import { readObject } from "../files/readObject.ts"
import { randomPrior, StudyArm } from "./studyArm.ts"

/** Runs of an arm that were made earlier with other weights, and are shown beside the others as an arm of their own. */
export const KeptRuns = Schema.Struct({
  name: Schema.String,
  asks: Schema.String,
  /** File of their results beside the study's, and the arm whose runs there are meant. */
  results: Schema.String,
  arm: Schema.String,
})

/** A study as its file says it: what is compared was written down before it was run. */
export const Study = Schema.Struct({
  /** The claim that the main arm tests, and by which number: written before the first run. */
  registered: Schema.Struct({
    claim: Schema.String,
    arm: Schema.String,
    against: Schema.String,
    endpoint: Schema.String,
    decision: Schema.String,
    on: Schema.String,
  }),
  scenes: Schema.Int,
  sceneSeed: Schema.Int,
  /** Scenes of each zero-shot set. */
  classScenes: Schema.Int,
  /** Pairs of its own instead of the world's, for searches that leave the world's unseen. */
  benchmark: Schema.optional(Schema.Struct({ seed: Schema.Int, pairs: Schema.Int })),
  /** Settings of `diva train` for every arm that does not say otherwise. */
  settings: Schema.optional(Schema.Record(Schema.String, Schema.Unknown)),
  arms: Schema.Array(StudyArm),
  kept: Schema.optional(Schema.Array(KeptRuns)),
})

export type Study = typeof Study.Type

/** An arm with the settings that its study has for all. */
const withSettings = (arm: StudyArm, settings: Study["settings"]): StudyArm =>
  settings === undefined ? arm : { ...arm, settings: { ...settings, ...arm.settings } }

/** A prior's folder as it is named in a file of another folder. */
const besideFile = (file: string, arm: StudyArm): StudyArm =>
  arm.prior === undefined || arm.prior === randomPrior
    ? arm
    : { ...arm, prior: path.resolve(path.dirname(file), arm.prior) }

/** Reads a study's file. Errors: `FileUnreadable`, `ConfigInvalid`. */
export const readStudy = Effect.fn("readStudy")(function* (file: string) {
  const raw = yield* readObject(file)
  const study = yield* Schema.decodeUnknownEffect(Study)(raw).pipe(
    Effect.mapError(
      (issue) =>
        new ConfigInvalid({
          file,
          field: "arms",
          rule: issue.message,
          remedy: "docs/study.md says what a study holds",
        }),
    ),
  )
  const kept = (study.kept ?? []).map((runs) => ({ ...runs, results: path.resolve(path.dirname(file), runs.results) }))
  return { ...study, arms: study.arms.map((arm) => besideFile(file, arm)), kept }
})

/** One run of a study: an arm with one seed. */
export interface StudyStep {
  readonly arm: StudyArm
  readonly seed: number
}

/** Every run: first the arms that the registered claim compares, seed by seed, then the others. */
export const stepsOf = ({ registered, arms, settings }: Study): readonly StudyStep[] => {
  const whole = arms.map((arm) => withSettings(arm, settings))
  const main = whole.filter(({ name }) => name === registered.arm || name === registered.against)
  const others = whole.filter((arm) => !main.includes(arm))
  const inTurn = (some: readonly StudyArm[]): readonly StudyStep[] =>
    some
      .flatMap((arm) => arm.seeds.map((seed, turn) => ({ arm, seed, turn })))
      .toSorted((a, b) => a.turn - b.turn)
      .map(({ arm, seed }) => ({ arm, seed }))
  return [...inTurn(main), ...inTurn(others)]
}
