import { conv2d, type Tensor } from "@diva/tensor"
import { constantParameter, parameter } from "../params/parameter.ts"
import { layer, read, type Layer } from "./layer.ts"

export interface ConvOptions {
  readonly from: number
  readonly to: number
  /** Edge of the square kernel. */
  readonly kernel: number
  readonly stride?: number
  /** Zero border: the same all round, or [top, bottom, left, right]. */
  readonly padding?: number | readonly [number, number, number, number]
}

/** 2-D convolution with bias.  x: [batch, from, height, width] → [batch, to, height′, width′]; weight: [to, from, k, k] */
export const convLayer = (name: string, { from, to, kernel, stride = 1, padding = 0 }: ConvOptions): Layer => {
  const weight = parameter(`${name}.weight`, [to, from, kernel, kernel], (from * kernel * kernel) ** -0.5)
  const bias = constantParameter(`${name}.bias`, [to], 0)
  return layer(name, [weight, bias], (run, x: Tensor) =>
    conv2d(x, read(run, weight), { stride, padding, bias: read(run, bias) }),
  )
}

/** A 3×3 convolution that keeps height and width. */
export const sameConv = (name: string, from: number, to: number): Layer =>
  convLayer(name, { from, to, kernel: 3, padding: 1 })

/** A 1×1 convolution: one linear map of the channels at every place. */
export const pointConv = (name: string, from: number, to: number): Layer => convLayer(name, { from, to, kernel: 1 })
