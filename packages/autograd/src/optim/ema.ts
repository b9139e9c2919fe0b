import { add, cast, mul, sub } from "@diva/tensor"
import { zipTrees } from "../tree/zip.ts"
import { inF32, type Scalar } from "./optimizer.ts"

/**
 * The next exponential moving average of parameters: average + (1 − decay)·(params − average), leaf by leaf. Start it at
 * the parameters themselves. Throws `TreeMismatch` for unlike trees.
 */
export const movingAverage = <P>(average: P, params: P, decay: Scalar): P =>
  zipTrees("movingAverage", average, [params], (held, next) =>
    inF32(held, (value) => add(value, mul(sub(cast(next!, "f32"), value), sub(1, decay)))),
  )
