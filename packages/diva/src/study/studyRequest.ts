import type { Effect } from "effect"
import type { FileError } from "@diva/models"
import type { OpenShardsError } from "../data/shardsError.ts"
import type { ConfigInvalid } from "../files/configInvalid.ts"
import type { EventSink } from "../train/observe/events.ts"
import type { WorldFiles } from "../world/shippedWorld.ts"
import type { WorldError } from "../world/worldRun.ts"
import type { Study } from "./study.ts"

/** Everything that a study can fail by. */
export type StudyError = WorldError | FileError | ConfigInvalid | OpenShardsError

/** Which runs of a study, and where everything lies. */
export interface StudyRequest {
  readonly study: Study
  readonly world: WorldFiles
  /** Where runs and what they share lie while they are needed. */
  readonly folder: string
  /** JSON lines, one for each run. */
  readonly results: string
  /** Arms to run; all of them. */
  readonly only?: readonly string[]
  /** Begins no further run after so many minutes. */
  readonly budgetMinutes?: number
  readonly sinks?: readonly EventSink[]
  /** Is told what begins, and the seconds that all then take, where they are known. */
  readonly onStage?: (stage: string, left?: number) => Effect.Effect<void>
}
