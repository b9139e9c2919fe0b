import { groupNorm, layerNorm, type Tensor } from "@diva/tensor"
import { constantParameter, type Parameter } from "../params/parameter.ts"
import { layer, read, type Layer } from "./layer.ts"

const gainAndBias = (name: string, width: number): readonly [Parameter, Parameter] => [
  constantParameter(`${name}.weight`, [width], 1),
  constantParameter(`${name}.bias`, [width], 0),
]

/** (x − mean)/√(variance + eps)·weight + bias over the last axis.  x: [..., width] */
export const layerNormLayer = (name: string, width: number, eps: number): Layer => {
  const [weight, bias] = gainAndBias(name, width)
  return layer(name, [weight, bias], (run, x: Tensor) =>
    layerNorm(x, { weight: read(run, weight), bias: read(run, bias), eps }),
  )
}

/** Normalises each of `groups` groups of channels over channels and places.  x: [batch, channels, height, width] */
export const groupNormLayer = (name: string, channels: number, groups: number, eps: number): Layer => {
  const [weight, bias] = gainAndBias(name, channels)
  return layer(name, [weight, bias], (run, x: Tensor) =>
    groupNorm(x, { groups, weight: read(run, weight), bias: read(run, bias), eps }),
  )
}
