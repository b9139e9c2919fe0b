import { add, pad, reshape, sliceAxis, type Shape, type Tensor } from "../../src/index.ts"
import { attendedGradient } from "../../src/ops/attentionGradient.ts"
import { permute } from "../../src/ops/permute.ts"

/** Each where the ones before it end, zeros elsewhere: what gradients of slices add up to. */
export const sideBySide = (parts: readonly Tensor[]): Tensor => {
  const width = parts.reduce((sum, { shape }) => sum + shape.at(-1)!, 0)
  const begins = parts.map((_, i) => parts.slice(0, i).reduce((sum, { shape }) => sum + shape.at(-1)!, 0))
  return parts
    .map((part, i) => {
      const before = part.shape.slice(0, -1).map(() => 0)
      const high = width - begins[i]! - part.shape.at(-1)!
      return pad(part, { low: [...before, begins[i]!], high: [...before, high] })
    })
    .reduce(add)
}

export const [batch, tokens, heads, width] = [2, 37, 2, 8]
export const all = heads * width

/** The gradient of attention in the one product that its queries, keys and values are slices of. */
export const gradientInAll = ({ qkv, logs, slopes, delta }: Readonly<Record<string, Tensor>>): Tensor => {
  const split = (x: Tensor): Tensor => permute(reshape(x, [batch, tokens, heads, width]), [0, 2, 1, 3])
  const [q, k, v] = [0, 1, 2].map((i) => split(sliceAxis(qkv!, -1, i * all, (i + 1) * all)))
  // No weight exceeds 1, as none does that comes of the scores' own sums.
  const sums = add(logs!, 4)
  const gradients = attendedGradient([q!, k!, v!, sums, split(slopes!), delta!], { scale: 0.3, causal: false })
  return sideBySide(gradients.map((each) => reshape(permute(each!, [0, 2, 1, 3]), [batch, tokens, all])))
}

export const attentionShapes: Readonly<Record<string, Shape>> = {
  qkv: [batch, tokens, 3 * all],
  logs: [batch, heads, tokens],
  slopes: [batch, tokens, all],
  delta: [batch, heads, tokens],
  w: [3 * all, 9],
}
