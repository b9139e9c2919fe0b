import type { Tensor } from "../graph/tensor.ts"
import { lessEqual } from "./lessEqual.ts"
import { select } from "./select.ts"

/** relu(x) = max(x, 0), NaN for NaN. Gradient 0 at 0, as elsewhere. */
export const relu = (x: Tensor): Tensor => select(lessEqual(x, 0), 0, x)
