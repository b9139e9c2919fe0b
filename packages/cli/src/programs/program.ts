import type { ConfigInvalid } from "@diva/diva"
import type { FileError, ModelError, TokenizeError } from "@diva/models"
import type { Tensor } from "@diva/tensor"
import type { Effect } from "effect"

/** A program to profile or tune for: what `device.compile` takes, with a name. */
export interface BuiltProgram {
  readonly name: string
  readonly describe: (args: never) => unknown
  /** A tree of specs. */
  readonly specs: unknown
  readonly donate?: readonly string[]
  readonly frozen?: readonly string[]
}

/** Named tensors, as the small programs take them. */
export type Tensors = Readonly<Record<string, Tensor>>

/** What reading the configurations of models can fail by. */
export type ProgramError = ConfigInvalid | FileError | ModelError | TokenizeError

/** A program that comes with the command line. */
export interface ProgramKind {
  readonly name: string
  readonly summary: string
  /** What its sizes are called, with what they are when none are given. */
  readonly sizes: readonly (readonly [name: string, standard: number])[]
  /** May read the configurations of models that ship with this package. */
  readonly build: (sizes: readonly number[]) => Effect.Effect<BuiltProgram, ProgramError>
}
