import { cast, isTensor, mapTree, zeros, type Tensor } from "@diva/tensor"

/** A number known while describing, or a f32[] tensor: a program input that may change from step to step. */
export type Scalar = number | Tensor

/** What an update gives: the next parameters and the next state. */
export interface Updated<P, State> {
  readonly params: P
  readonly state: State
}

/**
 * An optimizer is a pair of pure functions on trees of tensors. `P` is the parameters' tree, whose holes (see
 * `partition`) are skipped; gradient and state have its paths. State and arithmetic are f32 whatever the parameters'
 * element type. Options may be tensors of the program being described, so make the optimizer where the step is described.
 */
export interface Optimizer<P, State> {
  /** The state before the first update. */
  readonly init: (params: P) => State
  readonly update: (gradient: P, state: State, params: P) => Updated<P, State>
}

/** A f32 accumulator of zeros for each leaf. */
export const zerosLike = <P>(params: P): P => mapTree(params, isTensor, ({ shape }) => zeros(shape)) as P

/** Changes a parameter in f32 and rounds once to its own element type. */
export const inF32 = (param: Tensor, change: (value: Tensor) => Tensor): Tensor =>
  cast(change(cast(param, "f32")), param.dtype)
