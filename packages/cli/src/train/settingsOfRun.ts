import { readManifest, runFiles, type ConfigInvalid, type TrainSettings } from "@diva/diva"
import type { FileError } from "@diva/models"
import { Data, Effect, Ref } from "effect"
import { Command, type CliError } from "effect/cli"
import { settingsOf } from "../flags/settingFlags.ts"
import { everyTrainFlag } from "../flags/everyTrainFlag.ts"
import { withOriginalCall } from "../flags/originalCall.ts"
import type { Screen } from "../screen/screen.ts"
import { version } from "../text/version.ts"

/** Pictures cannot be made of a run afterwards. */
export class RunNotPictured extends Data.TaggedError("RunNotPictured")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** Everything that telling a run's settings can fail by. */
export type RunSettingsError = RunNotPictured | ConfigInvalid | FileError | CliError.CliError

/** Reads a command line of `diva train` as that command does, and does nothing else. */
const settingsOfCall = Effect.fnUntraced(function* (args: readonly string[]) {
  const found = yield* Ref.make<TrainSettings | undefined>(undefined)
  const read = Command.make("train", everyTrainFlag, (input) =>
    Effect.flatMap(settingsOf({ ...input, json: true }), ({ settings }) => Ref.set(found, settings)),
  )
  yield* Command.runWith(read, { version })(withOriginalCall(args).slice(1))
  return yield* Ref.get(found)
})

/**
 * What a run was trained with: the newest command line of `diva train` in its manifest, with weights where the manifest says they lay.
 * Paths of data are those that were typed. Errors: `RunNotPictured`, those of reading settings and manifest.
 */
export const settingsOfRun = Effect.fn("settingsOfRun")(function* (
  folder: string,
): Effect.fn.Return<TrainSettings, RunSettingsError, Screen | Command.Environment> {
  const manifest = yield* readManifest(runFiles(folder).manifest)
  const call = manifest?.launches.map(({ commandLine }) => commandLine).findLast(([command]) => command === "train")
  const settings = call === undefined ? undefined : yield* settingsOfCall(call)
  if (settings === undefined)
    return yield* new RunNotPictured({
      folder,
      rule: `${folder} holds no run of diva train: what it was trained with is not known`,
      remedy: "diva demo makes pictures while it trains; for others, name a folder that diva train wrote to",
    })
  return { ...settings, ...manifest?.sources, out: folder }
})
