import { add, expand, mean, raise, type Tensor } from "@diva/tensor"
import { titled, type Titled } from "../titled.ts"

/** The constant text and an image's tokens, both as wide as the UNet's context. */
export interface TextAndTokens {
  /** [1, positions, width] */
  readonly text: Tensor
  /** Projected visual tokens, [batch, n, width]. */
  readonly visual: Tensor
}

/** How the constant text embedding joins the visual tokens: f32 [batch, n, width], what the UNet attends to. Any function will do. */
export interface TextCombination extends Titled {
  (inputs: TextAndTokens): Tensor
}

const addPositions = ({ text, visual }: TextAndTokens): Tensor =>
  text.shape[1] === visual.shape[1]
    ? add(visual, expand(text, visual.shape))
    : raise({
        _tag: "ShapeMismatch",
        op: "combineText",
        operands: [
          { name: "text", shape: text.shape, dtype: text.dtype },
          { name: "visual", shape: visual.shape, dtype: visual.dtype },
        ],
        rule: "adding position by position needs as many visual tokens as text positions",
        remedy: "add the text's mean instead (textMean), or use a condition that retains that many tokens",
      })

const addMean = ({ text, visual }: TextAndTokens): Tensor => add(visual, mean(text, { axis: 1, keep: true }))

/** visual + text, position by position. Throws `ShapeMismatch` unless there are as many tokens as positions. */
export const textPerPosition: TextCombination = titled("perPosition", addPositions)

/** visual + the text's mean over its positions. */
export const textMean: TextCombination = titled("mean", addMean)

/** The visual tokens alone. */
export const noText: TextCombination = titled("none", ({ visual }: TextAndTokens) => visual)

/**
 * What the original does: position by position where as many tokens are retained as the text has positions (77), the mean
 * otherwise. Source: spec of the method, step e6.
 */
export const textByCondition: TextCombination = titled("byCondition", (inputs: TextAndTokens) =>
  inputs.text.shape[1] === inputs.visual.shape[1] ? addPositions(inputs) : addMean(inputs),
)
