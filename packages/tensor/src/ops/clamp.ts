import type { Operand } from "./call.ts"
import { dual } from "../op/dual.ts"
import { maximum } from "./maximum.ts"
import { minimum } from "./minimum.ts"

/** x limited to [low, high]. The gradient is 0 outside, and halved exactly at a bound. */
export const clamp = dual("clamp", (x, low: Operand, high: Operand) => minimum(maximum(x, low), high))
