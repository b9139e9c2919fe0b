import { add, cast, mul } from "@diva/tensor"
import { zipTrees } from "../tree/zip.ts"
import { inF32, type Scalar } from "./optimizer.ts"

/** total + weight · gradient, leaf by leaf, in f32: how micro-batches make one update. Throws `TreeMismatch` for unlike trees. */
export const accumulate = <P>(total: P, gradient: P, weight: Scalar = 1): P =>
  zipTrees("accumulate", total, [gradient], (held, more) =>
    inF32(held, (value) => add(value, weight === 1 ? cast(more!, "f32") : mul(cast(more!, "f32"), weight))),
  )
