import type { Tensor } from "../graph.ts"
import { greater } from "./greater.ts"
import { select } from "./select.ts"

/** relu(x) = max(x, 0). Gradient 0 at 0, as elsewhere. */
export const relu = (x: Tensor): Tensor => select(greater(x, 0), x, 0)
