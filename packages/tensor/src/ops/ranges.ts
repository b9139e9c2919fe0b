import type { DType } from "../dtype/dtype.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { equal } from "./equal.ts"
import { fill } from "./fill.ts"
import { iota } from "./iota.ts"
import { mul } from "./mul.ts"
import { select } from "./select.ts"

const invalid = (op: string, attribute: string, rule: string, remedy: string): never =>
  raise({ _tag: "InvalidAttribute", op, attribute, rule, remedy })

/**
 * start, start + step, … below `end` (above it for a negative step): ⌈(end - start) / step⌉ numbers; f32 by default.
 * `arange(5)` is `arange(0, 5)`. Throws `InvalidAttribute` for a step of 0.  Source: numpy.arange.
 */
export const arange = (start: number, end?: number, step = 1, dtype: DType = "f32"): Tensor => {
  const [from, to] = end === undefined ? [0, start] : [start, end]
  if (step === 0 || !Number.isFinite((to - from) / step))
    return invalid(
      "arange",
      "step",
      `from ${from} to ${to} in steps of ${step} never ends`,
      "give finite numbers and a step",
    )
  const count = Math.max(0, Math.ceil((to - from) / step))
  return add(mul(iota([count], 0, dtype), step), from)
}

/** `count` numbers from `start` to `end`, both among them, equally far apart; f32.  Source: numpy.linspace. */
export const linspace = (start: number, end: number, count: number): Tensor => {
  if (count < 2) return fill([count], start)
  const place = iota([count], 0, "f32")
  // The last is `end` itself, which rounded steps may miss.
  return select(equal(place, count - 1), end, add(mul(place, (end - start) / (count - 1)), start))
}

/** 1 where row and column (plus `diagonal`) agree, 0 elsewhere; f32 by default. → [rows, columns] */
export const eye = (rows: number, columns = rows, diagonal = 0, dtype: DType = "f32"): Tensor =>
  cast(equal(iota([rows, columns], 1), add(iota([rows, columns], 0), diagonal)), dtype)
