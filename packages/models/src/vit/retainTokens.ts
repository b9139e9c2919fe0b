import { concat, sliceAxis, takeBatched, type Tensor } from "@diva/tensor"

/**
 * Keeps the class token and the drawn patches, in the order of the draw.
 * tokens: [batch, 1 + patches, d], draws: i32|u32 [batch, k] in 0 … patches−1 (repeats allowed) → [batch, 1 + k, d].
 * Throws `ShapeMismatch` unless the batches agree.  Source: DIVA condition/OpenAICLIP_for_clip_model.py.
 */
export const retainTokens = (tokens: Tensor, draws: Tensor): Tensor => {
  const patches = sliceAxis(tokens, 1, 1, tokens.shape[1]!)
  return concat([sliceAxis(tokens, 1, 0, 1), takeBatched(patches, draws)], 1)
}
