import { add, cast, sliceAxis, take, type Tensor } from "@diva/tensor"
import { read, readWide, parametersOf, type Layer, type ModelOptions } from "../layers/layer.ts"
import { layerNormLayer } from "../layers/normLayer.ts"
import { requireAxes } from "../layers/requireAxes.ts"
import { transformer } from "../layers/transformer.ts"
import { parameter, type Parameter, type Params } from "../params/parameter.ts"
import type { TextConfig } from "./textConfig.ts"
import type { TextNames } from "./textNames.ts"

/** ids: i32 [batch, tokens], at most `context` of them → every token after the final norm, [batch, tokens, width]. */
export type TextTower = (params: Params, ids: Tensor, options?: ModelOptions) => Tensor

interface Parts {
  readonly tokens: Parameter
  readonly positions: Parameter
  readonly blocks: Layer
  readonly finalNorm: Layer
}

const partsOf = (names: TextNames, config: TextConfig): Parts => ({
  tokens: parameter(names.tokens, [config.vocabulary, config.width], 0.02),
  positions: parameter(names.positions, [config.context, config.width], 0.01),
  blocks: transformer(names.blocks, config),
  finalNorm: layerNormLayer(names.finalNorm, config.width, config.eps),
})

/** Everything the tower's checkpoint holds, without a projection. */
export const textParameters = (names: TextNames, config: TextConfig): readonly Parameter[] => {
  const { tokens, positions, blocks, finalNorm } = partsOf(names, config)
  return [tokens, positions, ...parametersOf([blocks, finalNorm])]
}

const firstRows = (table: Tensor, count: number): Tensor =>
  table.shape[0] === count ? table : sliceAxis(table, 0, 0, count)

/**
 * A text transformer.  finalNorm(blocks(tokenTable[ids] + positions)).  Shows the embeddings to `observe` as
 * "embeddings".  Throws `ParameterMissing`, and `ShapeMismatch` for more tokens than `context`.
 */
export const textTower = (names: TextNames, config: TextConfig): TextTower => {
  const { tokens, positions, blocks, finalNorm } = partsOf(names, config)
  return (params, ids, options = {}) => {
    requireAxes("textTower", "ids", ids, ["batch", Math.min(ids.shape[1] ?? 0, config.context)])
    const run = { params, ...options }
    const { lookUp = take } = options
    const embedded = add(
      cast(lookUp(read(run, tokens), ids), "f32"),
      firstRows(readWide(run, positions), ids.shape[1]!),
    )
    run.observe?.("embeddings", embedded)
    return finalNorm.apply(run, blocks.apply(run, embedded))
  }
}
