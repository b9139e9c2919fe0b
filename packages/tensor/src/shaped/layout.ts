import type { Shape } from "../shape/shape.ts"
import type { Extent, Ranked } from "./shape.ts"

/** Axis k of the result is axis Order[k]. */
export type Permuted<S extends Shape, Order extends readonly number[]> =
  Ranked<S> extends false ? Shape : { readonly [K in keyof Order]: Extent<S, Order[K]> }

/** The last two axes exchanged. */
export type Transposed<S extends Shape> = S extends readonly [
  ...infer Before extends Shape,
  infer Rows extends number,
  infer Columns extends number,
]
  ? readonly [...Before, Columns, Rows]
  : Shape

/** Extents as a call writes them; -1 is computed when the program runs. */
export type Written<S extends Shape> = { readonly [Axis in keyof S]: S[Axis] extends -1 ? number : S[Axis] }
