import type { Tensor } from "../graph/graph.ts"
import { mul } from "./mul.ts"

/** x². */
export const square = (x: Tensor): Tensor => mul(x, x)
