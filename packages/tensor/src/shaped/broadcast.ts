import type { Shape } from "../shape/shape.ts"
import type { Ranked, Words } from "./shape.ts"

/** Of two extents that meet the one of the result; `never` where they differ and neither is 1. */
type Meet<A extends number, B extends number> = number extends A
  ? B extends 1
    ? number
    : B
  : number extends B
    ? A extends 1
      ? number
      : A
    : A extends 1
      ? B
      : B extends 1
        ? A
        : A extends B
          ? A
          : never

type Aligned<A extends Shape, B extends Shape, Tail extends Shape = readonly []> = A extends readonly [
  ...infer Before extends Shape,
  infer Last extends number,
]
  ? B extends readonly [...infer Others extends Shape, infer Other extends number]
    ? [Meet<Last, Other>] extends [never]
      ? never
      : Aligned<Before, Others, readonly [Meet<Last, Other>, ...Tail]>
    : readonly [...A, ...Tail]
  : readonly [...B, ...Tail]

/** The shape that two shapes broadcast to, axes aligned from the last; `never` where they do not; any where one is unknown. */
export type Broadcast<A extends Shape, B extends Shape> =
  Ranked<A> extends true ? (Ranked<B> extends true ? Aligned<A, B> : Shape) : Shape

/** Why two shapes do not broadcast, or never. */
export type BroadcastProblem<Op extends string, A extends Shape, B extends Shape> = [Broadcast<A, B>] extends [never]
  ? `${Op} of ${Words<A>} and ${Words<B>}: shapes do not broadcast`
  : never
