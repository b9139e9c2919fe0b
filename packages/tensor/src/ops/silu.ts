import type { Tensor } from "../graph/tensor.ts"
import { logistic } from "./logistic.ts"
import { mul } from "./mul.ts"

/** silu(x) = x · logistic(x), also called swish. */
export const silu = (x: Tensor): Tensor => mul(x, logistic(x))
