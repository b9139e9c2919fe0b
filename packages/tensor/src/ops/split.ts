import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { resolveAxis } from "../shape/shape.ts"
import { sliceAxis } from "./slice.ts"

const sizesOf = (extent: number, parts: number | readonly number[]): readonly number[] =>
  typeof parts === "number" ? new Array<number>(parts).fill(extent / parts) : parts

/**
 * Cuts x along an axis (the first by default) into `parts` equal parts, or into parts of the given sizes: the inverse of
 * `concat`. Throws `InvalidAttribute` unless the sizes are integers that add up to the extent.
 */
export const split = (x: Tensor, parts: number | readonly number[], axis = 0): readonly Tensor[] => {
  const resolved = resolveAxis(axis, x.shape.length)
  const extent = resolved === null ? NaN : x.shape[resolved]!
  const sizes = sizesOf(extent, parts)
  if (!sizes.every(Number.isInteger) || sizes.reduce((sum, size) => sum + size, 0) !== extent)
    return raise({
      _tag: "InvalidAttribute",
      op: "split",
      attribute: "parts",
      rule: `axis ${axis} of [${x.shape.join(", ")}] cannot be divided into ${typeof parts === "number" ? `${parts} equal parts` : `[${parts.join(", ")}]`}`,
      remedy: "pass the sizes of the parts",
    })
  let start = 0
  return sizes.map((size) => sliceAxis(x, resolved!, start, (start += size)))
}
