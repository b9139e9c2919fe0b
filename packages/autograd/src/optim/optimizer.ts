import { cast, isSpec, mapTree, zeros, type Mapped, type Spec, type Tensor } from "@diva/tensor"

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
  /** The state before the first update, of parameters of any kind: tensors, specs, arrays on the host or a device. */
  readonly init: (params: P) => State
  readonly update: (gradient: P, state: State, params: P) => Updated<P, State>
}

/** The tree of tensors like `P`, whose leaves may be specs and arrays of the host or a device: itself where they are tensors. */
export type Described<P> = Mapped<P, Spec, Tensor>

/** A f32 accumulator of zeros for each leaf. */
export const zerosLike = <P>(params: P): Described<P> =>
  mapTree(params, isSpec, ({ shape }) => zeros(shape), "init") as Described<P>

/** Changes a parameter in f32 and rounds once to its own element type. */
export const inF32 = (param: Tensor, change: (value: Tensor) => Tensor): Tensor =>
  cast(change(cast(param, "f32")), param.dtype)
