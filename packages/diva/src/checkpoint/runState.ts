import type { NamedArrays } from "../weights/namedArrays.ts"
import type { DataPosition } from "../data/index.ts"
import type { Json } from "../json.ts"

/**
 * Everything a run needs to go on as if it had never stopped. It is taken between updates, so no half-summed gradient
 * belongs to it; schedules and random draws are functions of `update` and `rootKey`.
 */
export interface RunState {
  /** Optimizer updates done. */
  readonly update: number
  /** Seed of every draw of the run: two 32-bit words. */
  readonly rootKey: readonly [number, number]
  /** Where the data stream goes on. */
  readonly position: DataPosition
  /** Trained tensors under their checkpoint names. */
  readonly parameters: NamedArrays
  /** The optimizer's state, by its own paths: `momentum.class_model.model.visual.…`. */
  readonly optimizer: NamedArrays
  /** The settings that decide the numbers of this run; a resume under others is refused. */
  readonly settings: { readonly [name: string]: Json }
}
