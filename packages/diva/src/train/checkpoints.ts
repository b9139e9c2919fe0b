import { Context, Data, Effect, Layer, type Option } from "effect"
import type { FileError } from "@diva/models"
import { openFolder, type FolderOptions } from "./checkpointFolder.ts"
import { inMemory } from "./checkpointMemory.ts"
import type { RunState } from "./runState.ts"

/** Names one saved state: `update-00000012`. */
export type CheckpointId = string

/** A checkpoint that is there but cannot be trusted: truncated, altered, or written by something else. */
export class CheckpointCorrupt extends Data.TaggedError("CheckpointCorrupt")<{
  readonly id: CheckpointId
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** The newest state that could be read, and the newer ones that could not. */
export interface Latest {
  readonly id: CheckpointId
  readonly state: RunState
  readonly rejected: readonly CheckpointCorrupt[]
}

/** Keeps run states. `save` is all or nothing: after a crash at any moment `latest` gives a whole state. */
export class Checkpoints extends Context.Service<
  Checkpoints,
  {
    /** Errors: `StorageFull`, `FileUnwritable`; what was saved before is untouched. */
    readonly save: (state: RunState) => Effect.Effect<CheckpointId, FileError>
    /** None before the first save. Errors: `CheckpointCorrupt` when states exist and none can be read, `FileUnreadable`. */
    readonly latest: Effect.Effect<Option.Option<Latest>, CheckpointCorrupt | FileError>
  }
>()("diva/train/Checkpoints") {
  /** States in a folder of their own, `<folder>/update-00000012/`; the newest `keep` (default 2) are kept. */
  static readonly layerFolder = (folder: string, options: FolderOptions = {}) =>
    Layer.effect(Checkpoints, Effect.map(openFolder(folder, options), Checkpoints.of))
  /** States in this process only, for tests and experiments. */
  static readonly layerMemory = Layer.effect(Checkpoints, Effect.map(inMemory, Checkpoints.of))
}
