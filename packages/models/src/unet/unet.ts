import { silu, type Tensor } from "@diva/tensor"
import { sameConv } from "../layers/convLayer.ts"
import { parametersOf, type Layer, type ModelOptions, type Run } from "../layers/layer.ts"
import { requireAxes } from "../layers/requireAxes.ts"
import { groupNormLayer } from "../layers/normLayer.ts"
import type { Parameter, Params } from "../params/parameter.ts"
import { timeEmbedding, timeFeatures } from "./timeEmbedding.ts"
import {
  downBlock,
  midBlock,
  upBlock,
  type Condition,
  type DownBlock,
  type MidBlock,
  type UpBlock,
} from "./unetBlocks.ts"
import type { UnetConfig } from "./unetConfig.ts"

/**
 * latents: f32 [batch, in, height, width], steps: integer or f32 [batch], context: f32 [batch, tokens, contextWidth]
 * → predicted noise, f32 [batch, out, height, width].
 */
export type Unet = (params: Params, latents: Tensor, steps: Tensor, context: Tensor, options?: ModelOptions) => Tensor

interface Parts {
  readonly time: Layer
  readonly convIn: Layer
  readonly down: readonly DownBlock[]
  readonly mid: MidBlock
  readonly up: readonly UpBlock[]
  readonly normOut: Layer
  readonly convOut: Layer
}

/** Channels of every map kept for the way up, in the order they are made: conv_in's, then each level's. */
const skipChannels = ({ levels, resnetsPerLevel }: UnetConfig): readonly number[] => [
  levels[0]!.channels,
  ...levels.flatMap(({ channels }, i) =>
    new Array<number>(resnetsPerLevel + (i === levels.length - 1 ? 0 : 1)).fill(channels),
  ),
]

const upBlocks = (config: UnetConfig): readonly UpBlock[] => {
  const skips = skipChannels(config).toReversed()
  const each = config.resnetsPerLevel + 1
  const channels = config.levels.map((level) => level.channels).toReversed()
  return channels.map((_, i) =>
    upBlock(config, i, channels[Math.max(i - 1, 0)]!, skips.slice(i * each, (i + 1) * each)),
  )
}

const partsOf = (config: UnetConfig): Parts => {
  const { levels, inChannels, outChannels, groups, eps } = config
  const first = levels[0]!.channels
  return {
    time: timeEmbedding("time_embedding", first, 4 * first),
    convIn: sameConv("conv_in", inChannels, first),
    down: levels.map((_, i) => downBlock(config, i, levels[Math.max(i - 1, 0)]!.channels)),
    mid: midBlock(config),
    up: upBlocks(config),
    normOut: groupNormLayer("conv_norm_out", first, groups, eps),
    convOut: sameConv("conv_out", first, outChannels),
  }
}

/** Everything a checkpoint of this configuration holds, under diffusers' names. */
export const unetParameters = (config: UnetConfig): readonly Parameter[] => {
  const { time, convIn, down, mid, up, normOut, convOut } = partsOf(config)
  return [
    ...parametersOf([convIn, time]),
    ...[...down, mid, ...up].flatMap((part) => part.parameters),
    ...parametersOf([normOut, convOut]),
  ]
}

interface Path {
  readonly x: Tensor
  readonly skips: readonly Tensor[]
}

const descend = (run: Run, blocks: readonly DownBlock[], start: Tensor, condition: Condition): Path =>
  blocks.reduce<Path>(
    ({ x, skips }, block) => {
      const next = block.apply(run, x, condition)
      return { x: next.x, skips: [...skips, ...next.skips] }
    },
    { x: start, skips: [start] },
  )

const sizeOfMap = (map: Tensor | undefined): readonly [number, number] | undefined =>
  map === undefined ? undefined : [map.shape[2]!, map.shape[3]!]

const ascend = (run: Run, blocks: readonly UpBlock[], { x, skips }: Path, condition: Condition): Tensor =>
  blocks.reduce<Path>(
    (path, block) => {
      const rest = path.skips.slice(0, -block.skipCount)
      const joined = path.skips.slice(-block.skipCount).toReversed()
      return { x: block.apply(run, path.x, condition, joined, sizeOfMap(rest.at(-1))), skips: rest }
    },
    { x, skips },
  ).x

const embedTime = (
  run: Run,
  time: Layer,
  steps: Tensor,
  { levels, timeCosineFirst, timeShift }: UnetConfig,
): Tensor => {
  const features = timeFeatures(steps, { width: levels[0]!.channels, cosineFirst: timeCosineFirst, shift: timeShift })
  run.observe?.("time_proj", features)
  return time.apply(run, features)
}

const requireInputs = (config: UnetConfig, latents: Tensor, steps: Tensor, context: Tensor): void => {
  const batch = latents.shape[0] ?? "batch"
  requireAxes("unet", "latents", latents, [batch, config.inChannels, "height", "width"])
  requireAxes("unet", "steps", steps, [batch])
  requireAxes("unet", "context", context, [batch, "tokens", config.contextWidth])
}

/**
 * The denoiser of Stable Diffusion. Any latent size; `remat` wraps every resnet and every spatial transformer.
 * Throws `ParameterMissing`, and `ShapeMismatch` for inputs of other widths or batches.
 * Source: diffusers models/unet_2d_condition.py, unet_2d_blocks.py (v0.25).
 */
export const unet = (config: UnetConfig): Unet => {
  const { time, convIn, down, mid, up, normOut, convOut } = partsOf(config)
  return (params, latents, steps, context, options = {}) => {
    requireInputs(config, latents, steps, context)
    const run = { params, ...options }
    const condition = { time: embedTime(run, time, steps, config), context }
    const path = descend(run, down, convIn.apply(run, latents), condition)
    const x = ascend(run, up, { ...path, x: mid.apply(run, path.x, condition) }, condition)
    return convOut.apply(run, silu(normOut.apply(run, x)))
  }
}
