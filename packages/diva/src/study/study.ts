import { Effect, Schema } from "effect"
import { ConfigInvalid } from "../files/configInvalid.ts"
import { readObject } from "../files/readObject.ts"
import { StudyArm } from "./studyArm.ts"

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
  arms: Schema.Array(StudyArm),
})

export type Study = typeof Study.Type

/** Reads a study's file. Errors: `FileUnreadable`, `ConfigInvalid`. */
export const readStudy = Effect.fn("readStudy")(function* (file: string) {
  const raw = yield* readObject(file)
  return yield* Schema.decodeUnknownEffect(Study)(raw).pipe(
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
})

/** One run of a study: an arm with one seed. */
export interface StudyStep {
  readonly arm: StudyArm
  readonly seed: number
}

/** Every run: first the arms that the registered claim compares, seed by seed, then the others. */
export const stepsOf = ({ registered, arms }: Study): readonly StudyStep[] => {
  const main = arms.filter(({ name }) => name === registered.arm || name === registered.against)
  const others = arms.filter((arm) => !main.includes(arm))
  const inTurn = (some: readonly StudyArm[]): readonly StudyStep[] =>
    some
      .flatMap((arm) => arm.seeds.map((seed, turn) => ({ arm, seed, turn })))
      .toSorted((a, b) => a.turn - b.turn)
      .map(({ arm, seed }) => ({ arm, seed }))
  return [...inTurn(main), ...inTurn(others)]
}
