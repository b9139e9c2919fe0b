import { Context, Effect, Layer, type Option } from "effect"
import type { FileError } from "@diva/models"
import { openFolder, type FolderOptions } from "./checkpointFolder.ts"
import { inMemory } from "./checkpointMemory.ts"
import type { RunState, CheckpointCorrupt, CheckpointId, Latest } from "./runState.ts"

export { CheckpointCorrupt, type CheckpointId, type Latest } from "./runState.ts"

/** Keeps run states. `save` is all or nothing: after a crash at any moment `latest` gives a whole state. */
export class Checkpoints extends Context.Service<
  Checkpoints,
  {
    /** Errors: `StorageFull`, `FileUnwritable`; what was saved before is untouched. */
    readonly save: (state: RunState) => Effect.Effect<CheckpointId, FileError>
    /** None before the first save. Errors: `CheckpointCorrupt` when states exist and none can be read, `FileUnreadable`. */
    readonly latest: Effect.Effect<Option.Option<Latest>, CheckpointCorrupt | FileError>
    /** The best of the states that are kept, where one is asked for and any was measured. Errors: `FileUnreadable`. */
    readonly best: Effect.Effect<Option.Option<CheckpointId>, FileError>
  }
>()("diva/train/Checkpoints") {
  /** States in a folder of their own, `<folder>/update-00000012/`; the newest `keep` (default 2) are kept, and the best. */
  static readonly layerFolder = (folder: string, options: FolderOptions = {}) =>
    Layer.succeed(Checkpoints, Checkpoints.of(openFolder(folder, options)))
  /** States in this process only, for tests and experiments. */
  static readonly layerMemory = Layer.effect(Checkpoints, Effect.map(inMemory, Checkpoints.of))
}
