import type { Shape } from "../shape/shape.ts"
import type { Ranked } from "./shape.ts"

/** The axes of a reduction, as its `axis` says them: one, several, or all. */
type Chosen<Options> = Options extends { readonly axis: infer Axis }
  ? Axis extends number
    ? Axis
    : Axis extends readonly number[]
      ? Axis[number]
      : number
  : number

type Kept<Options> = Options extends { readonly keep: true } ? readonly [1] : readonly []

// An axis is chosen by its place from the front or from the end. Where an axis is only known when the program runs, nothing is.
type Walk<
  S extends Shape,
  Axes extends number,
  Keep extends Shape,
  Passed extends Shape = readonly [],
> = S extends readonly [infer First extends number, ...infer Rest extends Shape]
  ? `${Passed["length"]}` extends `${Axes}`
    ? readonly [...Keep, ...Walk<Rest, Axes, Keep, readonly [...Passed, First]>]
    : `-${S["length"]}` extends `${Axes}`
      ? readonly [...Keep, ...Walk<Rest, Axes, Keep, readonly [...Passed, First]>]
      : readonly [First, ...Walk<Rest, Axes, Keep, readonly [...Passed, First]>]
  : readonly []

type Ones<S extends Shape> = { readonly [Axis in keyof S]: 1 }

type All<S extends Shape, Options> = Options extends { readonly keep: true } ? Ones<S> : readonly []

type SaysAxis<Options> = Options extends { readonly axis: number | readonly number[] } ? true : false

/** What is left of a shape when the axes that `Options` names are reduced: gone, or 1 where it keeps them. */
export type Reduced<S extends Shape, Options> =
  Ranked<S> extends false
    ? Shape
    : SaysAxis<Options> extends false
      ? All<S, Options>
      : number extends Chosen<Options>
        ? Shape
        : Walk<S, Chosen<Options>, Kept<Options>>
