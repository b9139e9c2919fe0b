import { add, type Tensor } from "@diva/tensor"
import { activate, type Activation } from "./activation.ts"
import { attentionLayer, type AttentionNames } from "./attentionLayer.ts"
import { layer, parametersOf, type Layer } from "./layer.ts"
import { linearLayer } from "./linearLayer.ts"
import { layerNormLayer } from "./normLayer.ts"

/** Module names of one block in a checkpoint. */
export interface BlockNames {
  readonly block: string
  readonly norm1: string
  readonly attention: string
  readonly projections: AttentionNames
  readonly norm2: string
  readonly mlp: string
  readonly expand: string
  readonly contract: string
}

export interface BlockOptions {
  readonly width: number
  readonly heads: number
  readonly mlpWidth: number
  readonly activation: Activation
  readonly eps: number
  readonly causal: boolean
  /** Blocks in the whole tower: deeper towers start with smaller residual branches. */
  readonly depth: number
}

const mlp = (names: BlockNames, { width, mlpWidth, activation, depth }: BlockOptions): Layer => {
  const expand = linearLayer(names.expand, { from: width, to: mlpWidth, deviation: (2 * width) ** -0.5 })
  const contract = linearLayer(names.contract, {
    from: mlpWidth,
    to: width,
    deviation: residualDeviation(width, depth),
  })
  return layer(names.mlp, parametersOf([expand, contract]), (run, x: Tensor) =>
    contract.apply(run, activate(activation, expand.apply(run, x))),
  )
}

const residualDeviation = (width: number, depth: number): number => (width * 2 * depth) ** -0.5

/**
 * A pre-norm transformer block: x += attention(norm1(x)); x += mlp(norm2(x)).  x: [batch, tokens, width]
 * Its first weights follow CLIP's paper (arXiv 2103.00020): deviations width^-½, and (2·depth·width)^-½ before the sums.
 */
export const transformerBlock = (names: BlockNames, options: BlockOptions): Layer => {
  const { width, heads, eps, causal, depth } = options
  const norm1 = layerNormLayer(names.norm1, width, eps)
  const attend = attentionLayer(names.attention, {
    names: names.projections,
    width,
    heads,
    causal,
    outDeviation: residualDeviation(width, depth),
  })
  const norm2 = layerNormLayer(names.norm2, width, eps)
  const feed = mlp(names, options)
  return layer(names.block, parametersOf([norm1, attend, norm2, feed]), (run, x: Tensor) => {
    const normal = norm1.apply(run, x)
    const attended = add(x, attend.apply(run, normal, normal))
    return add(attended, feed.apply(run, norm2.apply(run, attended)))
  })
}
