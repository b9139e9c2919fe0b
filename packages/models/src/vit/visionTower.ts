import { add, concat, expand, reshape, sliceAxis, type Shape, type Tensor } from "@diva/tensor"
import { parametersOf, readWide, type Layer, type ModelOptions, type Run } from "../layers/layer.ts"
import { requireAxes } from "../layers/requireAxes.ts"
import { projectionLayer } from "../layers/linearLayer.ts"
import { oneOfEach } from "../layers/selectByProduct.ts"
import { layerNormLayer } from "../layers/normLayer.ts"
import { transformer } from "../layers/transformer.ts"
import { parameter, type Parameter, type Params } from "../params/parameter.ts"
import { attentionPool } from "./attentionPool.ts"
import { patchEmbedding } from "./patchEmbedding.ts"
import { retainTokens } from "./retainTokens.ts"
import { tokenCount, type VisionConfig } from "./visionConfig.ts"
import type { VisionNames } from "./visionNames.ts"

export interface VisionOptions extends ModelOptions {
  /**
   * Patch tokens to keep, integer [batch, k] in 0 … patches−1: the tokens are then the class token and these, in this
   * order. All tokens by default. Needs a tower with a class token.
   */
  readonly draws?: Tensor | undefined
  /**
   * Patches that enter the blocks at all: one of each run of n in raster order, integer [batch, patches / n] in 0 … n−1; all by
   * default. Training on part of an image costs part of the arithmetic (Li et al. 2022, FLIP). Needs a tower with a class token.
   */
  readonly seen?: Tensor | undefined
}

export interface VisionOutput {
  /** After the final norm and projection: [batch, retained, outputWidth]; the class token, where there is one, first. */
  readonly tokens: Tensor
  /** The image as one vector, [batch, outputWidth]: the class token's projection, or the attention pool's answer. */
  readonly pooled: Tensor
}

/** images: f32 [batch, 3, size, size], normalised → tokens and pooled vector. */
export type VisionTower = (params: Params, images: Tensor, options?: VisionOptions) => VisionOutput

interface Parts {
  readonly patches: Layer
  readonly classEmbedding: Parameter | undefined
  readonly positions: Parameter
  readonly preNorm: Layer | undefined
  readonly blocks: Layer
  readonly postNorm: Layer
  readonly projection: Layer | undefined
  readonly pool: Layer | undefined
}

const partsOf = (names: VisionNames, config: VisionConfig): Parts => {
  const { width, eps, outputWidth, pooling } = config
  const table: Shape = [tokenCount(config), width]
  return {
    patches: patchEmbedding(names, config),
    classEmbedding: pooling === "class" ? parameter(names.classEmbedding, [width], width ** -0.5) : undefined,
    positions: parameter(names.positions, names.positionsBatched ? [1, ...table] : table, width ** -0.5),
    preNorm: config.preNorm ? layerNormLayer(names.preNorm, width, eps) : undefined,
    blocks: transformer(names.blocks, { ...config, causal: false }),
    postNorm: layerNormLayer(names.postNorm, width, eps),
    projection: outputWidth === undefined ? undefined : projectionLayer(names.projection, width, outputWidth),
    pool: pooling === "attention" ? attentionPool(names.pool, config) : undefined,
  }
}

/** Everything the tower's checkpoint holds. */
export const visionParameters = (names: VisionNames, config: VisionConfig): readonly Parameter[] => {
  const { patches, classEmbedding, positions, preNorm, blocks, postNorm, projection, pool } = partsOf(names, config)
  return [
    ...(classEmbedding === undefined ? [] : [classEmbedding]),
    positions,
    ...parametersOf([projection, patches, preNorm, blocks, postNorm, pool]),
  ]
}

const embed = (run: Run, { patches, classEmbedding, positions }: Parts, images: Tensor): Tensor => {
  const tokens = patches.apply(run, images)
  const [batch, , width] = tokens.shape as readonly [number, number, number]
  if (classEmbedding === undefined) return add(tokens, readWide(run, positions))
  const first = expand(reshape(readWide(run, classEmbedding), [1, 1, width]), [batch, 1, width])
  return add(concat([first, tokens], 1), readWide(run, positions))
}

const withSeen = (tokens: Tensor, seen: Tensor): Tensor =>
  concat([sliceAxis(tokens, 1, 0, 1), oneOfEach(sliceAxis(tokens, 1, 1, tokens.shape[1]!), seen)], 1)

const firstToken = (x: Tensor): Tensor => reshape(sliceAxis(x, 1, 0, 1), [x.shape[0]!, x.shape[2]!])

const normalised = (run: Run, postNorm: Layer, ofClass: boolean, retained: Tensor): Tensor => {
  if (!ofClass) return postNorm.apply(run, retained)
  const normal = postNorm.apply({ ...run, observe: undefined }, retained)
  run.observe?.(postNorm.name, firstToken(normal))
  return normal
}

const classOutput = (run: Run, { postNorm, projection }: Parts, ofClass: boolean, retained: Tensor): VisionOutput => {
  const normal = normalised(run, postNorm, ofClass, retained)
  const tokens = projection?.apply(run, normal) ?? normal
  return { tokens, pooled: firstToken(tokens) }
}

const pooledOutput = (run: Run, { postNorm, projection }: Parts, pool: Layer, x: Tensor): VisionOutput => {
  const normal = postNorm.apply(run, x)
  const project = (value: Tensor): Tensor => projection?.apply(run, value) ?? value
  return { tokens: project(normal), pooled: project(pool.apply(run, normal)) }
}

/**
 * A vision transformer.  tokens = blocks(preNorm([class, patches] + positions)), of which the retained ones go through
 * the final norm and the projection.  Throws `ParameterMissing`, and `ShapeMismatch` for images of another size.
 * Sources: openai/CLIP clip/model.py, open_clip transformer.py (v2.24), timm vision_transformer.py (v0.9.8).
 */
export const visionTower = (names: VisionNames, config: VisionConfig): VisionTower => {
  const parts = partsOf(names, config)
  return (params, images, { draws, seen, ...options } = {}) => {
    requireAxes("visionTower", "images", images, ["batch", 3, config.imageSize, config.imageSize])
    const run = { params, ...options }
    const whole = embed(run, parts, images)
    const embedded = seen === undefined ? whole : withSeen(whole, seen)
    const x = parts.blocks.apply(run, parts.preNorm?.apply(run, embedded) ?? embedded)
    return parts.pool === undefined
      ? classOutput(run, parts, names.postNormOfClass, draws === undefined ? x : retainTokens(x, draws))
      : pooledOutput(run, parts, parts.pool, x)
  }
}
