import { silu, sliceAxis, type Tensor } from "@diva/tensor"
import { pointConv, sameConv } from "../layers/convLayer.ts"
import { layer, parametersOf, type Layer, type ModelOptions } from "../layers/layer.ts"
import { requireAxes } from "../layers/requireAxes.ts"
import { groupNormLayer } from "../layers/normLayer.ts"
import type { Parameter, Params } from "../params/parameter.ts"
import { doubling, halving, vaeEps, vaeLevel, vaeMiddle, vaeResnets } from "./vaeBlocks.ts"
import type { VaeConfig } from "./vaeConfig.ts"

/** The approximate posterior of an image's latent, each [batch, latentChannels, height/8, width/8]. */
export interface Posterior {
  readonly mean: Tensor
  readonly logVariance: Tensor
  /** Both, stacked along the channels, as the network gives them. */
  readonly moments: Tensor
}

/** images: f32 [batch, 3, height, width] in −1 … 1 → posterior of the unscaled latent. */
export type VaeEncoder = (params: Params, images: Tensor, options?: ModelOptions) => Posterior

/** latents: f32 [batch, latentChannels, h, w], unscaled → images [batch, 3, 8h, 8w]. */
export type VaeDecoder = (params: Params, latents: Tensor, options?: ModelOptions) => Tensor

const downLevels = (config: VaeConfig): readonly Layer[] =>
  config.channels.map((to, i) => {
    const name = `encoder.down_blocks.${i}`
    const resnets = vaeResnets(name, config, config.channels[Math.max(i - 1, 0)]!, to, config.resnetsPerLevel)
    const last = i === config.channels.length - 1
    return vaeLevel(name, resnets, last ? undefined : halving(`${name}.downsamplers.0`, to))
  })

const upLevels = (config: VaeConfig): readonly Layer[] => {
  const channels = config.channels.toReversed()
  return channels.map((to, i) => {
    const name = `decoder.up_blocks.${i}`
    const resnets = vaeResnets(name, config, channels[Math.max(i - 1, 0)]!, to, config.resnetsPerLevel + 1)
    const last = i === channels.length - 1
    return vaeLevel(name, resnets, last ? undefined : doubling(`${name}.upsamplers.0`, to))
  })
}

interface OutOptions {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly groups: number
}

/** conv(silu(norm(x))), which ends both halves. */
const outputConv = ({ name, from, to, groups }: OutOptions): readonly Layer[] => {
  const norm = groupNormLayer(`${name}.conv_norm_out`, from, groups, vaeEps)
  const conv = sameConv(`${name}.conv_out`, from, to)
  return [{ ...norm, apply: (run, x) => silu(norm.apply(run, x)) }, conv]
}

const chain = (name: string, layers: readonly Layer[]): Layer =>
  layer(name, parametersOf(layers), (run, x: Tensor) => layers.reduce((value, each) => each.apply(run, value), x))

const encoderOf = (config: VaeConfig): Layer => {
  const { inChannels, latentChannels, channels, groups } = config
  return chain("encoder", [
    sameConv("encoder.conv_in", inChannels, channels[0]!),
    ...downLevels(config),
    vaeMiddle("encoder.mid_block", config),
    ...outputConv({ name: "encoder", from: channels.at(-1)!, to: 2 * latentChannels, groups }),
  ])
}

const decoderOf = (config: VaeConfig): Layer => {
  const { outChannels, latentChannels, channels, groups } = config
  return chain("decoder", [
    sameConv("decoder.conv_in", latentChannels, channels.at(-1)!),
    vaeMiddle("decoder.mid_block", config),
    ...upLevels(config),
    ...outputConv({ name: "decoder", from: channels[0]!, to: outChannels, groups }),
  ])
}

const quantise = (name: string, channels: number): Layer => pointConv(name, channels, channels)

/** The encoder's half of a checkpoint: `encoder.*` and `quant_conv.*`, all that DIVA needs. */
export const vaeEncoderParameters = (config: VaeConfig): readonly Parameter[] =>
  parametersOf([encoderOf(config), quantise("quant_conv", 2 * config.latentChannels)])

/** The decoder's half of a checkpoint: `decoder.*` and `post_quant_conv.*`. */
export const vaeDecoderParameters = (config: VaeConfig): readonly Parameter[] =>
  parametersOf([decoderOf(config), quantise("post_quant_conv", config.latentChannels)])

/** Everything a checkpoint of this configuration holds, under diffusers' current names. */
export const vaeParameters = (config: VaeConfig): readonly Parameter[] => [
  ...vaeEncoderParameters(config),
  ...vaeDecoderParameters(config),
]

/**
 * Image → posterior of its latent.  [mean, logVariance] = quant_conv(encoder(images)); the reference clamps
 * logVariance to −30 … 20 before it uses it.  DIVA's latent is `latentScale`·mean.
 * Source: diffusers models/autoencoder_kl.py, vae.py (v0.25).
 */
export const vaeEncoder = (config: VaeConfig): VaeEncoder => {
  const network = chain("quantised", [encoderOf(config), quantise("quant_conv", 2 * config.latentChannels)])
  return (params, images, options = {}) => {
    requireAxes("vaeEncoder", "images", images, ["batch", config.inChannels, "height", "width"])
    const moments = network.apply({ params, ...options }, images)
    return {
      mean: sliceAxis(moments, 1, 0, config.latentChannels),
      logVariance: sliceAxis(moments, 1, config.latentChannels, 2 * config.latentChannels),
      moments,
    }
  }
}

/** Unscaled latent → image: decoder(post_quant_conv(latents)). */
export const vaeDecoder = (config: VaeConfig): VaeDecoder => {
  const network = chain("decoded", [quantise("post_quant_conv", config.latentChannels), decoderOf(config)])
  return (params, latents, options = {}) => {
    requireAxes("vaeDecoder", "latents", latents, ["batch", config.latentChannels, "height", "width"])
    return network.apply({ params, ...options }, latents)
  }
}
