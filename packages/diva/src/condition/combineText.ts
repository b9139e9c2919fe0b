import { add, expand, mean, raise, type Tensor } from "@diva/tensor"

/**
 * How the constant text embedding joins the visual tokens: added position by position (needs as many tokens as text
 * positions), its mean over positions added to each token, or left out. `byCondition` is what the original does: position by
 * position where as many tokens are retained as the text has positions (77), the mean otherwise.
 */
export type TextCombination = "byCondition" | "perPosition" | "mean" | "none"

/** `byCondition` resolved: position by position where there are as many tokens as positions, the mean otherwise. */
export const combinationFor = (
  combination: TextCombination,
  retained: number,
  positions: number,
): Exclude<TextCombination, "byCondition"> =>
  combination !== "byCondition" ? combination : retained === positions ? "perPosition" : "mean"

const addPositions = (text: Tensor, visual: Tensor): Tensor =>
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
        remedy: 'use textCombination "mean", or a condition that retains that many tokens',
      })

/**
 * The UNet's context of constant text and projected visual tokens: visual + text per position, visual + mean over
 * positions, or visual alone.  text: [1, positions, width], visual: [batch, n, width] → [batch, n, width]
 * Throws `ShapeMismatch`. Source: spec of the method, step e6.
 */
export const combineText = (combination: TextCombination, text: Tensor, visual: Tensor): Tensor => {
  const resolved = combinationFor(combination, visual.shape[1]!, text.shape[1]!)
  if (resolved === "none") return visual
  return resolved === "perPosition" ? addPositions(text, visual) : add(visual, mean(text, { axis: 1, keep: true }))
}
