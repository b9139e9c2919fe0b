import { cast, type Tensor } from "@diva/tensor"
import { parameterOf, type Parameter, type Params } from "../params/parameter.ts"

/** Sees intermediate activations while a model is described, under the reference's module names and in its layout. */
export type Observe = (name: string, value: Tensor) => void

/** Wraps a block of a model, for example to recompute it in reverse mode instead of keeping its intermediates. */
export type Remat = <Inputs extends readonly Tensor[]>(
  block: (...inputs: Inputs) => Tensor,
) => (...inputs: Inputs) => Tensor

/** table: [rows, width], ids: integer [...S] → [...S, width] */
export type LookUp = (table: Tensor, ids: Tensor) => Tensor

/** What every model takes besides parameters and inputs. */
export interface ModelOptions {
  readonly observe?: Observe | undefined
  /** Sees the tokens that each block of a transformer hands to the next, batch first; they may be computed with. */
  readonly onBlock?: ((tokens: Tensor, index: number) => void) | undefined
  readonly remat?: Remat | undefined
  /** How rows of a table of tokens are looked up; `take` by default. */
  readonly lookUp?: LookUp | undefined
}

/** Parameters with the options of one description of a model. */
export interface Run extends ModelOptions {
  readonly params: Params
}

/** A part of a model: the parameters it declares and what it computes of them. `name` is its module name. */
export interface Layer<Inputs extends readonly Tensor[] = readonly [Tensor]> {
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly apply: (run: Run, ...inputs: Inputs) => Tensor
}

/** A layer whose output is shown to `run.observe`. */
export const layer = <Inputs extends readonly Tensor[]>(
  name: string,
  parameters: readonly Parameter[],
  compute: (run: Run, ...inputs: Inputs) => Tensor,
): Layer<Inputs> => ({
  name,
  parameters,
  apply: (run, ...inputs) => {
    const output = compute(run, ...inputs)
    run.observe?.(name, output)
    return output
  },
})

/** All parameters of some layers, in order. */
export const parametersOf = (layers: readonly (Pick<Layer, "parameters"> | undefined)[]): readonly Parameter[] =>
  layers.flatMap((part) => part?.parameters ?? [])

/** Reads a parameter of the run. Throws `ParameterMissing`. */
export const read = (run: Run, { name }: Parameter): Tensor => parameterOf(run.params, name)

/** Reads a parameter as f32, however it is stored: for parameters that are added or multiplied place by place. */
export const readWide = (run: Run, declared: Parameter): Tensor => cast(read(run, declared), "f32")

/** Applies a layer as a block of its own, which `run.remat` may wrap. */
export const applyBlock = <Inputs extends readonly Tensor[]>(
  run: Run,
  block: Layer<Inputs>,
  ...inputs: Inputs
): Tensor => {
  const compute = (...values: Inputs): Tensor => block.apply(run, ...values)
  return (run.remat === undefined ? compute : run.remat(compute))(...inputs)
}
