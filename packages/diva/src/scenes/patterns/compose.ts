import { type BackdropName, settings } from "../backdrops.ts"
import type { ColourName } from "../colours.ts"
import type { Draws } from "../draws.ts"
import type { Item, PatternName, Scene, ScenePair } from "../scene.ts"
import type { ThingName } from "../things.ts"

/** One of the two scenes of a pair, before the pair shares a backdrop: what is there, and the words for it. */
export interface Half {
  readonly words: string
  readonly items: readonly Item[]
}

export const outdoors: readonly BackdropName[] = ["meadow", "beach", "snow", "studio"]
export const indoors: readonly BackdropName[] = ["room", "studio"]
export const anywhere: readonly BackdropName[] = ["meadow", "room", "studio", "beach", "snow"]

/** Colours that stand out against every backdrop. */
export const bright: readonly ColourName[] = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "brown"]

/** "a red car", "an orange car". */
export const withArticle = (words: string): string => `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`

export const item = (thing: ThingName, colour: ColourName, detail: string, place: Partial<Item> = {}): Item => ({
  thing,
  colour,
  detail,
  x: 0.5,
  y: 0.86,
  size: 0.3,
  flip: false,
  ...place,
})

/** Where a single thing stands, a little different in each pair. */
export const aboutTheMiddle = (draws: Draws): Pick<Item, "x" | "y" | "size"> => ({
  x: draws.between("x", 0.4, 0.6),
  y: draws.between("y", 0.82, 0.9),
  size: draws.between("size", 0.25, 0.33),
})

const rounded = (value: number): number => Math.round(100 * value) / 100

/** Puts both halves before the same backdrop, in the same light. */
export const pair = (
  pattern: PatternName,
  draws: Draws,
  backdrops: readonly BackdropName[],
  halves: readonly [Half, Half],
): ScenePair => {
  const backdrop = {
    name: draws.pick("backdrop", backdrops),
    shift: rounded(draws.between("shift", 0, 1)),
    light: rounded(draws.between("light", 0.74, 1.06)),
    warmth: rounded(draws.between("warmth", -1, 1)),
    grain: rounded(draws.between("grain", 0, 5)),
  }
  const scene = ({ words, items }: Half): Scene => ({
    pattern,
    caption: `${words} ${settings[backdrop.name].words}`,
    backdrop,
    items,
  })
  return [scene(halves[0]), scene(halves[1])]
}
