import type { Tensor } from "../graph.ts"
import { mul } from "./mul.ts"

/** x². */
export const square = (x: Tensor): Tensor => mul(x, x)
