import { Data } from "effect"
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
