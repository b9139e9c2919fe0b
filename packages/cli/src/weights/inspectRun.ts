import { basename, dirname, join } from "node:path"
import {
  describedState,
  isThere,
  readManifest,
  runFiles,
  savedUpdates,
  unfinishedClip,
  type RunManifest,
} from "@diva/diva"
import { Effect } from "effect"

/** What can be said of a run's folder without computing anything. */
export interface RunInspection {
  readonly folder: string
  readonly manifest: RunManifest
  /** Updates whose states it holds, newest first. */
  readonly saved: readonly number[]
  /** Files with a whole CLIP. */
  readonly exports: readonly string[]
}

/** A saved state: the file of its parameters, and the run it belongs to. */
export interface CheckpointPlace {
  readonly parameters: string
  readonly update: number
  /** The run's folder, if it lies in one. */
  readonly run: string | undefined
}

/** The run in a folder; undefined where there is none. Errors: `FileUnreadable`. */
export const inspectRun = Effect.fn("inspectRun")(function* (folder: string) {
  const { manifest: file, clip } = runFiles(folder)
  const manifest = yield* readManifest(file).pipe(Effect.catchTag("FileUnreadable", () => Effect.succeed(undefined)))
  if (manifest === undefined) return undefined
  const found: RunInspection = {
    folder,
    manifest,
    saved: yield* savedUpdates(folder),
    exports: yield* Effect.filter([clip, unfinishedClip(folder)], isThere),
  }
  return found
})

/** The saved state in a folder; undefined where there is none. Errors: `CheckpointCorrupt`, `FileUnreadable`. */
export const checkpointIn = Effect.fn("checkpointIn")(function* (folder: string) {
  if (!(yield* isThere(join(folder, "state.json")))) return undefined
  const { update } = yield* describedState(folder)
  const run = dirname(dirname(folder))
  const isOfRun = basename(dirname(folder)) === "checkpoints" && (yield* isThere(runFiles(run).manifest))
  const place: CheckpointPlace = {
    parameters: join(folder, "parameters.safetensors"),
    update,
    run: isOfRun ? run : undefined,
  }
  return place
})
