import type { Tensor } from "@diva/tensor"

/** A program to profile or tune for: what `device.compile` takes, with a name. */
export interface BuiltProgram {
  readonly name: string
  readonly describe: (args: never) => unknown
  /** A tree of specs. */
  readonly specs: unknown
  readonly donate?: readonly string[]
}

/** Named tensors, as the small programs take them. */
export type Tensors = Readonly<Record<string, Tensor>>

/** A program that comes with the command line. */
export interface ProgramKind {
  readonly name: string
  readonly summary: string
  /** What its sizes are called, with what they are when none are given. */
  readonly sizes: readonly (readonly [name: string, standard: number])[]
  readonly build: (sizes: readonly number[]) => BuiltProgram
}
