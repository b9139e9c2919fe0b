import { settings } from "./backdrops.ts"
import type { Draws } from "./draws.ts"
import type { Item, Scene } from "./scene.ts"

/** What people call a thing whose name here is another. */
const nouns: Readonly<Record<string, string>> = { crate: "box" }

/** Shares of captions that tell so much, as alt texts of a web corpus do: what and which colour mostly, the rest seldom. */
const shares = { everything: 0.06, colour: 0.85, backdrop: 0.35, number: 0.1, opening: 0.3 }

const openings = ["a photo of ", "picture of ", "", "image of ", "my favourite: "] as const

const nounOf = ({ thing }: Item): string => nouns[thing] ?? thing

const plural = (noun: string): string => (/(fish|glass)$/.test(noun) ? noun : noun === "box" ? "boxes" : `${noun}s`)

const withArticle = (words: string): string => `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`

/** Items that look alike in words, each group once, in the order they were painted. */
const kinds = (items: readonly Item[]): readonly (readonly Item[])[] => {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = `${item.thing} ${item.colour}`
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()]
}

const numerals = ["no", "one", "two", "three", "four", "five", "six"] as const

const phrase = (items: readonly Item[], index: number, draws: Draws): string => {
  const [first] = items as readonly [Item, ...Item[]]
  const tells = (what: keyof typeof shares): boolean => draws.between(`${what}${index}`, 0, 1) < shares[what]
  const colour = tells("colour") ? `${first.colour} ` : ""
  if (items.length === 1) return withArticle(`${colour}${nounOf(first)}`)
  const count = tells("number") ? `${numerals[items.length] ?? "many"} ` : ""
  return `${count}${colour}${plural(nounOf(first))}`
}

/**
 * The caption that a picture of the scene might carry on a web page: objects and colours mostly, its surroundings now and
 * then; where things stand, how many they are, which way they face and what state they are in only in the few that tell
 * everything. A CLIP trained on such captions gets the blind spots of those trained on the web's.
 */
export const webCaption = (scene: Scene, draws: Draws): string => {
  if (draws.between("everything", 0, 1) < shares.everything) return scene.caption
  const things = kinds(scene.items).map((items, index) => phrase(items, index, draws))
  const opening = draws.between("opens", 0, 1) < shares.opening ? draws.pick("opening", openings) : ""
  const backdrop = draws.between("backdrop", 0, 1) < shares.backdrop ? ` ${settings[scene.backdrop.name].words}` : ""
  return `${opening}${things.join(" and ")}${backdrop}`
}
