import type { Rgb } from "./colours.ts"
import type { Part } from "./paint.ts"

/** How one thing looks: its main colour and, where it comes in kinds, which. */
export interface Look {
  readonly colour: Rgb
  readonly detail: string
}

/** A drawable: the parts from back to front, in its own −1 … 1, standing on y = 1. */
export type Thing = (look: Look) => readonly Part[]
