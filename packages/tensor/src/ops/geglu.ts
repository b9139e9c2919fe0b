import type { Tensor } from "../graph/tensor.ts"
import { gelu } from "./gelu.ts"
import { mul } from "./mul.ts"
import { split } from "./split.ts"

/**
 * geglu(x) = a · gelu(b), where a and b are the halves of the last axis (Shazeer 2020).
 * x: [...s, 2·width] → [...s, width]. Throws `InvalidAttribute` for an odd width.
 */
export const geglu = (x: Tensor): Tensor => {
  const [value, gate] = split(x, 2, -1) as readonly [Tensor, Tensor]
  return mul(value, gelu(gate))
}
