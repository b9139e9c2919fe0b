import { add, permute, reshape, type Tensor } from "@diva/tensor"
import { attentionLayer, diffusersNames } from "../layers/attentionLayer.ts"
import { pointConv } from "../layers/convLayer.ts"
import { gegluLayer } from "../layers/gegluLayer.ts"
import { layer, parametersOf, type Layer, type Run } from "../layers/layer.ts"
import { linearLayer } from "../layers/linearLayer.ts"
import { groupNormLayer, layerNormLayer } from "../layers/normLayer.ts"

export interface SpatialTransformerOptions {
  readonly channels: number
  readonly heads: number
  readonly depth: number
  readonly contextWidth: number
  readonly groups: number
  readonly linearProjection: boolean
}

/** linear(a · gelu(b)) where [a, b] = linear(x), both 4·width wide.  x: [batch, tokens, width] → the same */
const feedForward = (name: string, width: number): Layer => {
  const expand = gegluLayer(`${name}.net.0.proj`, { from: width, to: 4 * width })
  const contract = linearLayer(`${name}.net.2`, { from: 4 * width, to: width })
  return layer(name, parametersOf([expand, contract]), (run, x: Tensor) => contract.apply(run, expand.apply(run, x)))
}

const attend = (name: string, width: number, contextWidth: number, heads: number) =>
  attentionLayer(name, {
    names: diffusersNames(name),
    width,
    heads,
    contextWidth,
    bias: false,
  })

/**
 * x += self-attention(norm1(x)); x += attention(norm2(x), context); x += feedForward(norm3(x)).
 * x: [batch, tokens, width], context: [batch, others, contextWidth] → [batch, tokens, width]
 */
const block = (
  name: string,
  width: number,
  { contextWidth, heads }: SpatialTransformerOptions,
): Layer<readonly [Tensor, Tensor]> => {
  const [norm1, norm2, norm3] = [1, 2, 3].map((i) => layerNormLayer(`${name}.norm${i}`, width, 1e-5))
  const self = attend(`${name}.attn1`, width, width, heads)
  const cross = attend(`${name}.attn2`, width, contextWidth, heads)
  const feed = feedForward(`${name}.ff`, width)
  const parameters = parametersOf([norm1, self, norm2, cross, norm3, feed])
  return layer(name, parameters, (run, x: Tensor, context: Tensor) => {
    const normal = norm1!.apply(run, x)
    const aware = add(x, self.apply(run, normal, normal))
    const informed = add(aware, cross.apply(run, norm2!.apply(run, aware), context))
    return add(informed, feed.apply(run, norm3!.apply(run, informed)))
  })
}

/** [batch, channels, height, width] → [batch, height·width, channels] */
const toTokens = (x: Tensor): Tensor => {
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number]
  return reshape(permute(x, [0, 2, 3, 1]), [batch, height * width, channels])
}

const toMap = (tokens: Tensor, [batch, channels, height, width]: readonly number[]): Tensor =>
  permute(reshape(tokens, [batch!, height!, width!, channels!]), [0, 3, 1, 2])

interface ProjectionOptions {
  readonly name: string
  readonly channels: number
  readonly linearProjection: boolean
}

/** Both spellings of the projections compute the same: a linear map of each place's channels. */
const projections = ({ name, channels, linearProjection }: ProjectionOptions) => {
  const make = (part: string): Layer =>
    linearProjection
      ? linearLayer(`${name}.${part}`, { from: channels, to: channels })
      : pointConv(`${name}.${part}`, channels, channels)
  const [enter, leave] = [make("proj_in"), make("proj_out")]
  return {
    layers: [enter, leave],
    enter: (run: Run, x: Tensor): Tensor =>
      linearProjection ? enter.apply(run, toTokens(x)) : toTokens(enter.apply(run, x)),
    leave: (run: Run, tokens: Tensor, shape: readonly number[]): Tensor =>
      linearProjection ? toMap(leave.apply(run, tokens), shape) : leave.apply(run, toMap(tokens, shape)),
  }
}

/**
 * Attention over all places of a map, and to a context: x + project(blocks(project(norm(x)))).
 * x: [batch, channels, height, width], context: [batch, others, contextWidth] → x's shape.
 * Source: diffusers models/transformer_2d.py (v0.25).
 */
export const spatialTransformer = (
  name: string,
  options: SpatialTransformerOptions,
): Layer<readonly [Tensor, Tensor]> => {
  const { channels, depth, groups, linearProjection } = options
  const norm = groupNormLayer(`${name}.norm`, channels, groups, 1e-6)
  const { layers, enter, leave } = projections({ name, channels, linearProjection })
  const blocks = Array.from({ length: depth }, (_, i) => block(`${name}.transformer_blocks.${i}`, channels, options))
  const parameters = [...parametersOf([norm, ...layers]), ...blocks.flatMap((each) => each.parameters)]
  return layer(name, parameters, (run, x: Tensor, context: Tensor) => {
    const tokens = enter(run, norm.apply(run, x))
    const attended = blocks.reduce((value, each) => each.apply(run, value, context), tokens)
    return add(x, leave(run, attended, x.shape))
  })
}
