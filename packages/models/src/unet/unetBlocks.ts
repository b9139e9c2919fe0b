import { concat, type Tensor } from "@diva/tensor"
import { convLayer } from "../layers/convLayer.ts"
import { applyBlock, type Layer, type Run } from "../layers/layer.ts"
import { timedResnetBlock } from "../layers/resnetBlock.ts"
import { upsampler } from "../layers/upsample.ts"
import type { Parameter } from "../params/parameter.ts"
import { spatialTransformer } from "./spatialTransformer.ts"
import type { UnetConfig, UnetLevel } from "./unetConfig.ts"

/** What conditions every block: the embedded time [batch, 4·C₀] and the context [batch, tokens, contextWidth]. */
export interface Condition {
  readonly time: Tensor
  readonly context: Tensor
}

interface Part {
  readonly parameters: readonly Parameter[]
}

/** A block of one level on the way down: `skips` are its intermediate maps, for the way up. */
export interface DownBlock extends Part {
  readonly apply: (
    run: Run,
    x: Tensor,
    condition: Condition,
  ) => { readonly x: Tensor; readonly skips: readonly Tensor[] }
}

export interface MidBlock extends Part {
  readonly apply: (run: Run, x: Tensor, condition: Condition) => Tensor
}

/** A block of one level on the way up: takes the `skips` it joins, last one first, and the size to give. */
export interface UpBlock extends Part {
  readonly skipCount: number
  readonly apply: (
    run: Run,
    x: Tensor,
    condition: Condition,
    skips: readonly Tensor[],
    size: readonly [number, number] | undefined,
  ) => Tensor
}

/** A resnet, followed by attention to the context where the level has it. */
interface Stage extends MidBlock {
  readonly to: number
}

const timeWidth = ({ levels }: UnetConfig): number => 4 * levels[0]!.channels

const resnet = (name: string, config: UnetConfig, from: number, to: number, scale = 1) =>
  timedResnetBlock(name, timeWidth(config), { from, to, groups: config.groups, eps: config.eps, scale })

const transformerAt = (name: string, config: UnetConfig, { channels, heads, transformerDepth }: UnetLevel) =>
  spatialTransformer(name, {
    channels,
    heads,
    depth: transformerDepth,
    contextWidth: config.contextWidth,
    groups: config.groups,
    linearProjection: config.linearProjection,
  })

interface StageOptions {
  readonly name: string
  readonly index: number
  readonly from: number
  readonly level: UnetLevel
  readonly attends: boolean
}

const stage = (config: UnetConfig, { name, index, from, level, attends }: StageOptions): Stage => {
  const convolve = resnet(`${name}.resnets.${index}`, config, from, level.channels)
  const attend = attends ? transformerAt(`${name}.attentions.${index}`, config, level) : undefined
  return {
    to: level.channels,
    parameters: [...convolve.parameters, ...(attend?.parameters ?? [])],
    apply: (run, x, { time, context }) => {
      const mapped = applyBlock(run, convolve, x, time)
      return attend === undefined ? mapped : applyBlock(run, attend, mapped, context)
    },
  }
}

const downsampler = (name: string, channels: number, padding: number): Layer => {
  const conv = convLayer(`${name}.conv`, { from: channels, to: channels, kernel: 3, stride: 2, padding })
  return { ...conv, name }
}

/** Level `index` on the way down, from `from` channels; every level but the coarsest ends by halving the map. */
export const downBlock = (config: UnetConfig, index: number, from: number): DownBlock => {
  const level = config.levels[index]!
  const name = `down_blocks.${index}`
  const stages = Array.from({ length: config.resnetsPerLevel }, (_, j) =>
    stage(config, { name, index: j, from: j === 0 ? from : level.channels, level, attends: level.attendsDown }),
  )
  const halve =
    index === config.levels.length - 1
      ? undefined
      : downsampler(`${name}.downsamplers.0`, level.channels, config.downsamplePadding)
  return {
    parameters: [...stages.flatMap((each) => each.parameters), ...(halve?.parameters ?? [])],
    apply: (run, x, condition) => {
      const maps = allOutputs(run, stages, x, condition)
      const last = maps.at(-1)!
      const halved = halve?.apply(run, last)
      run.observe?.(name, halved ?? last)
      return { x: halved ?? last, skips: halved === undefined ? maps : [...maps, halved] }
    },
  }
}

/** The output of every stage, each fed with the one before. */
const allOutputs = (run: Run, stages: readonly Stage[], start: Tensor, condition: Condition): readonly Tensor[] => {
  const outputs: Tensor[] = []
  for (const each of stages) outputs.push(each.apply(run, outputs.at(-1) ?? start, condition))
  return outputs
}

/** Resnet, attention to the context, resnet, at the coarsest resolution. */
export const midBlock = (config: UnetConfig): MidBlock => {
  const level = config.levels.at(-1)!
  const [before, after] = [0, 1].map((i) =>
    resnet(`mid_block.resnets.${i}`, config, level.channels, level.channels, config.midScale),
  )
  const attend = transformerAt("mid_block.attentions.0", config, level)
  return {
    parameters: [...before!.parameters, ...attend.parameters, ...after!.parameters],
    apply: (run, x, { time, context }) => {
      const attended = applyBlock(run, attend, applyBlock(run, before!, x, time), context)
      const output = applyBlock(run, after!, attended, time)
      run.observe?.("mid_block", output)
      return output
    },
  }
}

/**
 * Level `levels − 1 − index` on the way up. Each stage joins one skip, the latest first, behind its input's channels;
 * every level but the finest ends by doubling the map.
 */
export const upBlock = (config: UnetConfig, index: number, from: number, skipChannels: readonly number[]): UpBlock => {
  const level = config.levels.at(-1 - index)!
  const name = `up_blocks.${index}`
  const stages = skipChannels.map((skip, j) =>
    stage(config, {
      name,
      index: j,
      from: (j === 0 ? from : level.channels) + skip,
      level,
      attends: level.attendsUp,
    }),
  )
  const double = index === config.levels.length - 1 ? undefined : upsampler(`${name}.upsamplers.0`, level.channels)
  return {
    skipCount: stages.length,
    parameters: [...stages.flatMap((each) => each.parameters), ...(double?.parameters ?? [])],
    apply: (run, x, condition, skips, size) => {
      const joined = stages.reduce((value, each, j) => each.apply(run, concat([value, skips[j]!], 1), condition), x)
      const output = double?.apply(run, joined, size) ?? joined
      run.observe?.(name, output)
      return output
    },
  }
}
