import { add, permute, reshape, type Tensor } from "@diva/tensor"
import { attentionLayer, diffusersNames } from "../layers/attentionLayer.ts"
import { convLayer } from "../layers/convLayer.ts"
import { applyBlock, layer, parametersOf, type Layer } from "../layers/layer.ts"
import { groupNormLayer } from "../layers/normLayer.ts"
import { resnetBlock } from "../layers/resnetBlock.ts"
import { upsampler } from "../layers/upsample.ts"
import type { VaeConfig } from "./vaeConfig.ts"

/** Every normalisation of the VAE uses it. */
export const vaeEps = 1e-6

/** `count` resnets, the first of which changes the number of channels. */
export const vaeResnets = (
  name: string,
  { groups }: VaeConfig,
  from: number,
  to: number,
  count: number,
): readonly Layer[] =>
  Array.from({ length: count }, (_, i) =>
    resnetBlock(`${name}.resnets.${i}`, { from: i === 0 ? from : to, to, groups, eps: vaeEps }),
  )

/** Halves a map: zeros on the right and at the bottom only, then a 3×3 convolution of stride 2. */
export const halving = (name: string, channels: number): Layer => {
  const conv = convLayer(`${name}.conv`, { from: channels, to: channels, kernel: 3, stride: 2, padding: [0, 1, 0, 1] })
  return { ...conv, name }
}

/** Doubles a map. */
export const doubling = (name: string, channels: number): Layer => {
  const double = upsampler(name, channels)
  return { name, parameters: double.parameters, apply: (run, x) => double.apply(run, x) }
}

/** Resnets, then a change of size where there is one; shown to `observe` as a whole. */
export const vaeLevel = (name: string, resnets: readonly Layer[], resize: Layer | undefined): Layer =>
  layer(name, parametersOf([...resnets, resize]), (run, x: Tensor) => {
    const mapped = resnets.reduce((value, each) => applyBlock(run, each, value), x)
    return resize?.apply(run, mapped) ?? mapped
  })

/** x + attention over all places, with one head.  x: [batch, channels, height, width] */
const placesAttention = (name: string, { groups }: VaeConfig, channels: number): Layer => {
  const norm = groupNormLayer(`${name}.group_norm`, channels, groups, vaeEps)
  const attend = attentionLayer(name, {
    names: diffusersNames(name),
    width: channels,
    heads: 1,
  })
  return layer(name, parametersOf([norm, attend]), (run, x: Tensor) => {
    const [batch, , height, width] = x.shape as readonly [number, number, number, number]
    const tokens = reshape(permute(norm.apply(run, x), [0, 2, 3, 1]), [batch, height * width, channels])
    const attended = attend.apply({ ...run, observe: undefined }, tokens, tokens)
    return add(x, permute(reshape(attended, [batch, height, width, channels]), [0, 3, 1, 2]))
  })
}

/** Resnet, attention, resnet at the coarsest resolution. */
export const vaeMiddle = (name: string, config: VaeConfig): Layer => {
  const channels = config.channels.at(-1)!
  const [before, after] = vaeResnets(name, config, channels, channels, 2)
  const attend = placesAttention(`${name}.attentions.0`, config, channels)
  return layer(name, parametersOf([before, attend, after]), (run, x: Tensor) =>
    applyBlock(run, after!, applyBlock(run, attend, applyBlock(run, before!, x))),
  )
}
