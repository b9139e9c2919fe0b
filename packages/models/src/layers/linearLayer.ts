import { linear, matmul, type Tensor } from "@diva/tensor"
import { constantParameter, parameter, type Parameter } from "../params/parameter.ts"
import { layer, read, type Layer } from "./layer.ts"

export interface LinearOptions {
  readonly from: number
  readonly to: number
  readonly bias?: boolean
  /** Deviation of the first weights; 1/√from by default. */
  readonly deviation?: number
  /** Names of the parameters, where they are not `${name}.weight` and `${name}.bias`. */
  readonly names?: { readonly weight: string; readonly bias: string }
}

interface WeightAndBias {
  readonly weight: Parameter
  readonly bias: Parameter | undefined
}

const declare = (
  name: string,
  { from, to, bias = true, deviation = from ** -0.5, names }: LinearOptions,
): WeightAndBias => ({
  weight: parameter(names?.weight ?? `${name}.weight`, [to, from], deviation),
  bias: bias ? constantParameter(names?.bias ?? `${name}.bias`, [to], 0) : undefined,
})

/** x·Wᵀ + b.  x: [..., from] → [..., to]; W: [to, from], as checkpoints store it. */
export const linearLayer = (name: string, options: LinearOptions): Layer => {
  const { weight, bias } = declare(name, options)
  return layer(name, bias === undefined ? [weight] : [weight, bias], (run, x: Tensor) =>
    bias === undefined ? linear(x, read(run, weight)) : linear(x, read(run, weight), read(run, bias)),
  )
}

/** x·P without bias.  x: [..., from] → [..., to]; P: [from, to], not transposed, as CLIP's `proj` is stored. */
export const projectionLayer = (name: string, from: number, to: number, deviation = from ** -0.5): Layer => {
  const weight = parameter(name, [from, to], deviation)
  return layer(name, [weight], (run, x: Tensor) => matmul(x, read(run, weight)))
}
