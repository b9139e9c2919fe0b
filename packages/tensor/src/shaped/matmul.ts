import type { Shape } from "../shape/shape.ts"
import type { Broadcast } from "./broadcast.ts"
import type { Ranked, Words } from "./shape.ts"

type Inner<K extends number, L extends number> = number extends K
  ? true
  : number extends L
    ? true
    : K extends L
      ? true
      : false

type Known<A extends Shape, B extends Shape> = A extends readonly [
  ...infer Batch extends Shape,
  infer Rows extends number,
  infer K extends number,
]
  ? B extends readonly [...infer Others extends Shape, infer L extends number, infer Columns extends number]
    ? Inner<K, L> extends true
      ? [Broadcast<Batch, Others>] extends [never]
        ? never
        : readonly [...Broadcast<Batch, Others>, Rows, Columns]
      : never
    : never
  : never

/** The shape of a product of [..., rows, inner] and [..., inner, columns]; `never` where there is none, any where one is unknown. */
export type Product<A extends Shape, B extends Shape> =
  Ranked<A> extends true ? (Ranked<B> extends true ? Known<A, B> : Shape) : Shape

/** Why there is no product, or never. */
export type ProductProblem<A extends Shape, B extends Shape> = [Product<A, B>] extends [never]
  ? `matmul of ${Words<A>} and ${Words<B>}: the last axis of the first must be the last but one of the second`
  : never
