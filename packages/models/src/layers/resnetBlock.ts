import { add, mul, reshape, silu, type Tensor } from "@diva/tensor"
import type { Parameter } from "../params/parameter.ts"
import { pointConv, sameConv } from "./convLayer.ts"
import { layer, parametersOf, type Layer, type Run } from "./layer.ts"
import { linearLayer } from "./linearLayer.ts"
import { groupNormLayer } from "./normLayer.ts"

export interface ResnetOptions {
  readonly from: number
  readonly to: number
  readonly groups: number
  readonly eps: number
  /** The sum of both branches is divided by it; 1 by default. */
  readonly scale?: number
}

interface Branches {
  readonly before: readonly Parameter[]
  readonly after: readonly Parameter[]
  /** `shift`: [batch, to, 1, 1], added between the two convolutions. */
  readonly apply: (run: Run, x: Tensor, shift?: Tensor) => Tensor
}

const branches = (name: string, { from, to, groups, eps, scale = 1 }: ResnetOptions): Branches => {
  const norm1 = groupNormLayer(`${name}.norm1`, from, groups, eps)
  const conv1 = sameConv(`${name}.conv1`, from, to)
  const norm2 = groupNormLayer(`${name}.norm2`, to, groups, eps)
  const conv2 = sameConv(`${name}.conv2`, to, to)
  const shortcut = from === to ? undefined : pointConv(`${name}.conv_shortcut`, from, to)
  return {
    before: parametersOf([norm1, conv1]),
    after: parametersOf([norm2, conv2, shortcut]),
    apply: (run, x, shift) => {
      const first = conv1.apply(run, silu(norm1.apply(run, x)))
      const second = conv2.apply(run, silu(norm2.apply(run, shift === undefined ? first : add(first, shift))))
      const whole = add(shortcut?.apply(run, x) ?? x, second)
      return scale === 1 ? whole : mul(whole, 1 / scale)
    },
  }
}

/**
 * conv2(silu(norm2(conv1(silu(norm1(x)))))) + shortcut(x).  x: [batch, from, height, width] → [batch, to, height, width].
 * Source: diffusers models/resnet.py ResnetBlock2D (v0.25).
 */
export const resnetBlock = (name: string, options: ResnetOptions): Layer => {
  const { before, after, apply } = branches(name, options)
  return layer(name, [...before, ...after], (run, x: Tensor) => apply(run, x))
}

/**
 * As `resnetBlock`, with W·silu(time) + b added to every place between the two convolutions.
 * x: [batch, from, height, width], time: [batch, timeWidth] → [batch, to, height, width].
 */
export const timedResnetBlock = (
  name: string,
  timeWidth: number,
  options: ResnetOptions,
): Layer<readonly [Tensor, Tensor]> => {
  const { before, after, apply } = branches(name, options)
  const project = linearLayer(`${name}.time_emb_proj`, { from: timeWidth, to: options.to })
  return layer(name, [...before, ...project.parameters, ...after], (run, x: Tensor, time: Tensor) => {
    const shift = project.apply(run, silu(time))
    return apply(run, x, reshape(shift, [...shift.shape, 1, 1]))
  })
}
