import type { Thing } from "./thing.ts"
import { cat, duck } from "./things/animals.ts"
import { house, sign } from "./things/buildings.ts"
import { book, candle, cup, glass, lamp, table } from "./things/household.ts"
import { apple, fish, flower, snowman, tree } from "./things/nature.ts"
import { ball, crate, star, umbrella } from "./things/toys.ts"
import { arrow, boat, car } from "./things/transport.ts"

/** Everything that a scene can hold, by name. */
export const things = {
  apple,
  arrow,
  ball,
  boat,
  book,
  candle,
  car,
  cat,
  crate,
  cup,
  duck,
  fish,
  flower,
  glass,
  house,
  lamp,
  sign,
  snowman,
  star,
  table,
  tree,
  umbrella,
} as const satisfies Readonly<Record<string, Thing>>

export type ThingName = keyof typeof things
