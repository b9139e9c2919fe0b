import type { Shape } from "../shape/shape.ts"
import type { Ranked, Words } from "./shape.ts"

type Trim<Text extends string> = Text extends ` ${infer Rest}`
  ? Trim<Rest>
  : Text extends `${infer Rest} `
    ? Trim<Rest>
    : Text

type Names<Text extends string> =
  Trim<Text> extends ""
    ? readonly []
    : Trim<Text> extends `${infer First} ${infer Rest}`
      ? readonly [First, ...Names<Rest>]
      : readonly [Trim<Text>]

/** The axes of one side of a pattern, each as the names it is made of. */
type Groups<Text extends string> =
  Trim<Text> extends `(${infer Inside})${infer Rest}`
    ? readonly [Names<Inside>, ...Groups<Rest>]
    : Trim<Text> extends ""
      ? readonly []
      : Trim<Text> extends `${infer First} ${infer Rest}`
        ? readonly [readonly [First], ...Groups<Rest>]
        : readonly [readonly [Trim<Text>]]

type Sides<Pattern extends string> = Pattern extends `${infer Left}->${infer Right}`
  ? [Groups<Left>, Groups<Right>]
  : never

/** Extents by name: of an axis that is one name from the shape, of others where they are given. */
type Extents<Left, S extends Shape, Sizes> = Left extends readonly [infer Group, ...infer Groups]
  ? S extends readonly [infer First extends number, ...infer Rest extends Shape]
    ? (Group extends readonly [infer Name extends string] ? Readonly<Record<Name, First>> : unknown) &
        Extents<Groups, Rest, Sizes>
    : unknown
  : Sizes

type Named<Names, All> = Names extends readonly [infer Name extends string]
  ? Name extends "1"
    ? 1
    : Name extends keyof All
      ? All[Name] extends number
        ? All[Name]
        : number
      : number
  : Names extends readonly []
    ? 1
    : number

type Arranged<Right, All> = Right extends readonly [infer Group, ...infer Groups]
  ? readonly [Named<Group, All>, ...Arranged<Groups, All>]
  : readonly []

type Fits<Pattern extends string, S extends Shape> = Pattern extends `${string}...${string}`
  ? false
  : Ranked<S> extends false
    ? false
    : true

/** The shape that `Pattern` makes of a shape; products of extents, and what `...` stands for, are known when the program runs. */
export type Rearranged<Pattern extends string, S extends Shape, Sizes> =
  Fits<Pattern, S> extends false
    ? Shape
    : Arranged<Sides<Pattern>[1], Extents<Sides<Pattern>[0], S, Sizes>> extends infer R extends Shape
      ? R
      : Shape

/** Why a pattern does not fit a shape, or never. */
export type PatternProblem<Pattern extends string, S extends Shape> = string extends Pattern
  ? never
  : Pattern extends `${string}->${string}`
    ? Fits<Pattern, S> extends false
      ? never
      : Sides<Pattern>[0]["length"] extends S["length"]
        ? never
        : `"${Pattern}" names ${Sides<Pattern>[0]["length"] & number} axes, ${Words<S>} has ${S["length"]}`
    : `"${Pattern}" needs one ->`
