import { permute, reshape, type Tensor } from "@diva/tensor"

/** [batch, tokens, heads·d] → [batch, heads, tokens, d] */
export const splitHeads = (x: Tensor, heads: number): Tensor => {
  const [batch, tokens, width] = x.shape as readonly [number, number, number]
  return permute(reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3])
}

/** [batch, heads, tokens, d] → [batch, tokens, heads·d] */
export const joinHeads = (x: Tensor): Tensor => {
  const [batch, heads, tokens, width] = x.shape as readonly [number, number, number, number]
  return reshape(permute(x, [0, 2, 1, 3]), [batch, tokens, heads * width])
}
