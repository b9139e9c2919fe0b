import type { Tensor } from "../graph/tensor.ts"
import type { Shape } from "../shape/shape.ts"

/**
 * A tensor whose shape the compiler knows: `Shaped<readonly [32, 784]>`. An extent that is only known when the program runs
 * is `number`; `Shaped<Shape>` is any tensor.
 */
export interface Shaped<S extends Shape> extends Tensor {
  readonly shape: S
}

/** The shape of a tensor in words: "[32, 784]". */
export type Words<S extends Shape> = `[${Joined<S>}]`

type Joined<S extends Shape> = S extends readonly [infer Only extends number]
  ? `${Only}`
  : S extends readonly [infer First extends number, ...infer Rest extends Shape]
    ? `${First}, ${Joined<Rest>}`
    : ""

/** Whether the compiler knows how many axes there are. */
export type Ranked<S extends Shape> = number extends S["length"] ? false : true

/** The extent of an axis, which may count from the end. */
export type Extent<S extends Shape, Axis extends number> = `${Axis}` extends `-${infer Back extends number}`
  ? FromEnd<S, Back>
  : S[Axis]

type FromEnd<S extends Shape, Back extends number, Tail extends readonly unknown[] = [unknown]> = S extends readonly [
  ...infer Init extends Shape,
  infer Last extends number,
]
  ? Tail["length"] extends Back
    ? Last
    : FromEnd<Init, Back, [...Tail, unknown]>
  : number

/** What an argument must be besides what it is: nothing where the rule holds, else a sentence that the editor shows. */
export type Unless<Sentence> = [Sentence] extends [never] ? unknown : Sentence

/** A sentence as a type beside which a string can stand: of two strings nothing would be left to show. */
export type Because<Sentence> = [Sentence] extends [never] ? never : { readonly because: Sentence }
