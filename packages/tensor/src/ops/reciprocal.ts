import type { Tensor } from "../graph/tensor.ts"
import { div } from "./div.ts"

/** 1 / x. */
export const reciprocal = (x: Tensor): Tensor => div(1, x)
