import { Data } from "effect"
import type { NamedArrays } from "../weights/namedArrays.ts"
import type { DataPosition } from "../data/index.ts"
import type { Json } from "../json.ts"

/** What is known of how good a state is when it is saved. */
export interface Measures {
  /** The smoothed loss as its sum and weight, so that a resumed run smooths on where it stopped. */
  readonly loss: { readonly sum: number; readonly weight: number }
  /** Scores of the model after this update, by what they are on and their name: `MMVP/stock`. */
  readonly scores: Readonly<Record<string, number>>
}

/** What of a run was under way when its state was saved: those who look at it after an update, or at its end, had not all seen it. */
export type Unseen = "update" | "finish"

/**
 * Everything a run needs to continue as if it had never stopped. It is taken between updates, so no half-summed gradient
 * belongs to it; schedules and random draws are functions of `update` and `rootKey`.
 */
export interface RunState {
  /** Optimizer updates done. */
  readonly update: number
  /** Seed of every draw of the run: two 32-bit words. */
  readonly rootKey: readonly [number, number]
  /** Where the data stream continues. */
  readonly position: DataPosition
  /** Trained tensors under their checkpoint names. */
  readonly parameters: NamedArrays
  /** The optimizer's state, by its own paths: `momentum.class_model.model.visual.…`. */
  readonly optimizer: NamedArrays
  /** The settings that decide the numbers of this run; a resume under others is refused. */
  readonly settings: { readonly [name: string]: Json }
  /** How good it is, as far as was measured. */
  readonly measures?: Measures
  /** Set where the run was stopped while it was looked at: what was to be seen of this state is seen when it is resumed. */
  readonly unseen?: Unseen
}

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

const digits = 8

/** Folder name of the state after `update` updates; names sort as their numbers do. */
export const checkpointId = (update: number): string => `update-${String(update).padStart(digits, "0")}`

/** The number of updates a folder name stands for; undefined for other names. */
export const updateOf = (id: string): number | undefined => {
  const match = /^update-(\d{8,})$/.exec(id)
  return match === null ? undefined : Number(match[1])
}
