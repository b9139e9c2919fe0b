import type { ColourName } from "./colours.ts"
import type { BackdropName } from "./backdrops.ts"
import type { Placement } from "./paint.ts"
import type { ThingName } from "./things.ts"

/** The nine visual patterns of MMVP that CLIP-like encoders confuse, in the benchmark's order. */
export const patternNames = [
  "orientation",
  "presence",
  "state",
  "count",
  "position",
  "colour",
  "structure",
  "text",
  "viewpoint",
] as const

export type PatternName = (typeof patternNames)[number]

/** One thing in a scene. `detail` picks one of the thing's kinds. */
export interface Item extends Placement {
  readonly thing: ThingName
  readonly colour: ColourName
  readonly detail: string
}

/** A backdrop; `shift` in 0 … 1 moves its clouds, hills or bubbles. Its light falls on all that stands before it. */
export interface Backdrop {
  readonly name: BackdropName
  readonly shift: number
  /** How bright the scene is; 1. */
  readonly light?: number
  /** −1 … 1, from blue to yellow light; 0. */
  readonly warmth?: number
  /** How far a camera's noise moves pixels, of 255; 0. */
  readonly grain?: number
}

/** A scene as a plain value: JSON holds all of it, and the same scene is always the same pixels. Back items come first. */
export interface Scene {
  readonly pattern: PatternName
  readonly caption: string
  readonly backdrop: Backdrop
  readonly items: readonly Item[]
}

/** Two scenes alike in all but what their pattern is about. */
export type ScenePair = readonly [Scene, Scene]
