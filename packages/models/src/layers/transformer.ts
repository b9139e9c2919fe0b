import { permute, type Tensor } from "@diva/tensor"
import { applyBlock, layer, parametersOf, type Layer, type Run } from "./layer.ts"
import { transformerBlock, type BlockNames, type BlockOptions } from "./transformerBlock.ts"

export interface TransformerNames {
  readonly transformer: string
  readonly block: (index: number) => BlockNames
  /** Whether the reference keeps tokens before batch inside, which is then the layout that `observe` is shown. */
  readonly tokensFirst: boolean
}

// Only what is observed is turned: the computation itself stays batch first.
const tokensFirst = (run: Run): Run => ({
  ...run,
  observe:
    run.observe === undefined
      ? undefined
      : (name, value) => run.observe?.(name, value.shape.length === 3 ? permute(value, [1, 0, 2]) : value),
})

/** `depth` transformer blocks one after another.  x: [batch, tokens, width] → the same shape */
export const transformer = (names: TransformerNames, options: BlockOptions): Layer => {
  const blocks = Array.from({ length: options.depth }, (_, i) => transformerBlock(names.block(i), options))
  const whole = layer(names.transformer, parametersOf(blocks), (run, x: Tensor) =>
    blocks.reduce((value, block, index) => {
      const tokens = applyBlock(run, block, value)
      run.onBlock?.(tokens, index)
      return tokens
    }, x),
  )
  return names.tokensFirst ? { ...whole, apply: (run, x) => whole.apply(tokensFirst(run), x) } : whole
}
