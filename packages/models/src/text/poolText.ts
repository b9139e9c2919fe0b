import { argmax, reshape, sliceAxis, takeBatched, type Tensor } from "@diva/tensor"
import type { TextPooling } from "./textConfig.ts"

/**
 * One token of each text.  x: [batch, tokens, width], ids: i32 [batch, tokens] → [batch, width].
 * largestId takes the first token of the largest id, which in CLIP's vocabulary is the end token.
 */
export const poolText = (
  pooling: TextPooling,
  x: Tensor,
  ids: Tensor,
  pick: (x: Tensor, chosen: Tensor) => Tensor = takeBatched,
): Tensor => {
  const [batch, tokens, width] = x.shape as readonly [number, number, number]
  const chosen =
    pooling === "last" ? sliceAxis(x, 1, tokens - 1, tokens) : pick(x, argmax(ids, { axis: 1, keep: true }))
  return reshape(chosen, [batch, width])
}
