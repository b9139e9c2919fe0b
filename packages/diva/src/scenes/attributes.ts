import { namedColours } from "./colours.ts"
import { things } from "./things.ts"

/** What captions call a thing whose name is another. */
const nouns: Readonly<Record<string, string>> = { crate: "box" }

/** What captions call a thing. */
export const nounOf = (thing: string): string => nouns[thing] ?? thing

/** How captions name one of a kind, where not by its own word. */
const plurals: Readonly<Record<string, string>> = {
  balls: "ball",
  stars: "star",
  apples: "apple",
  flowers: "flower",
  trees: "tree",
  ducks: "duck",
}

/** Words of a caption that a picture can be asked for, by what they are about. A caption names none, one or several of each. */
export const attributeGroups = {
  objects: Object.keys(things).map(nounOf),
  colours: Object.keys(namedColours),
  counts: ["single", "two", "three", "four", "five"],
  sides: ["left", "right"],
  places: ["meadow", "room", "floor", "beach", "lake", "snow", "water", "background"],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type AttributeGroup = keyof typeof attributeGroups

export const attributeGroupNames = Object.keys(attributeGroups) as readonly AttributeGroup[]

/** Every word, group after group: the order of a classifier's outputs. */
export const attributeWords: readonly string[] = attributeGroupNames.flatMap((group) => attributeGroups[group])

/** What is said not to be there, what a sign says, and how many points a star has. */
const unnamed = /\bno \w+|\bwithout (?:an? )?\w+|\bsays \w+|\b\w+ points\b/g

/** Which of `attributeWords` a caption names: 1 or 0 each. What is not there, a sign's text and parts of a thing are not named. */
export const attributesOf = (caption: string): Int32Array => {
  const told = caption.replace(unnamed, "")
  const words = new Set((told.match(/[a-z]+/g) ?? []).map((word) => plurals[word] ?? word))
  return Int32Array.from(attributeWords, (word) => (words.has(word) ? 1 : 0))
}
