import { add, attention, expand, reshape, sliceAxis, type Tensor } from "@diva/tensor"
import { activate } from "../layers/activation.ts"
import { joinHeads, splitHeads } from "../layers/heads.ts"
import { layer, parametersOf, readWide, type Layer } from "../layers/layer.ts"
import { linearLayer } from "../layers/linearLayer.ts"
import { layerNormLayer } from "../layers/normLayer.ts"
import { parameter } from "../params/parameter.ts"
import type { VisionConfig } from "./visionConfig.ts"

const feedForward = (name: string, { width, mlpWidth, activation }: VisionConfig): Layer => {
  const expandWidth = linearLayer(`${name}.fc1`, { from: width, to: mlpWidth })
  const contractWidth = linearLayer(`${name}.fc2`, { from: mlpWidth, to: width })
  return layer(name, parametersOf([expandWidth, contractWidth]), (run, x: Tensor) =>
    contractWidth.apply(run, activate(activation, expandWidth.apply(run, x))),
  )
}

/**
 * One learned query attends to all tokens, then y += mlp(norm(y)).  x: [batch, tokens, width] → [batch, width].
 * Keys and values come stacked from one map. Source: timm layers/attention_pool.py (v0.9.8).
 */
export const attentionPool = (name: string, config: VisionConfig): Layer => {
  const { width, heads, eps } = config
  const latent = parameter(`${name}.latent`, [1, 1, width], width ** -0.5)
  const query = linearLayer(`${name}.q`, { from: width, to: width })
  const keyValue = linearLayer(`${name}.kv`, { from: width, to: 2 * width })
  const out = linearLayer(`${name}.proj`, { from: width, to: width })
  const norm = layerNormLayer(`${name}.norm`, width, eps)
  const feed = feedForward(`${name}.mlp`, config)
  const parameters = [latent, ...parametersOf([query, keyValue, out, norm, feed])]
  const half = (kv: Tensor, i: number): Tensor => splitHeads(sliceAxis(kv, -1, i * width, (i + 1) * width), heads)
  return layer(name, parameters, (run, x: Tensor) => {
    const batch = x.shape[0]!
    const kv = keyValue.apply(run, x)
    const q = splitHeads(expand(query.apply(run, readWide(run, latent)), [batch, 1, width]), heads)
    const pooled = out.apply(run, joinHeads(attention(q, half(kv, 0), half(kv, 1))))
    return reshape(add(pooled, feed.apply(run, norm.apply(run, pooled))), [batch, width])
  })
}
