import type { TensorError } from "@diva/tensor"
import type { Effect } from "effect"
import type { ArraysOf } from "./machineArray.ts"

export interface ProgramOptions<Args> {
  readonly name: string
  /** Arguments that a run consumes; outputs of the same name take their memory over. */
  readonly donate?: readonly (keyof Args & string)[]
  /** Arguments that are the same arrays in most runs: what follows from them alone may be computed once and kept. */
  readonly frozen?: readonly (keyof Args & string)[]
  /** Bytes within which that is kept. */
  readonly memory?: number
}

/** A compiled function of arrays. What a run gives stays valid until the run after the next. */
export interface Program<Args, Out> {
  readonly run: (args: ArraysOf<Args>) => Effect.Effect<ArraysOf<Out>, TensorError>
  /** Predicted largest memory of a run in bytes; undefined where nobody predicts. */
  readonly peakBytes: number | undefined
}
