import { bright, type Half, item, outdoors, pair, withArticle } from "./compose.ts"
import type { Pattern } from "./pattern.ts"

/** Short everyday words of signs, no two alike at a glance. */
const signWords = [
  "STOP",
  "GO",
  "YES",
  "NO",
  "CAT",
  "DOG",
  "OPEN",
  "TEA",
  "SUN",
  "HELP",
  "PARK",
  "ZOO",
  "BUS",
  "MILK",
  "FUN",
  "QUIZ",
  "JAZZ",
  "WAX",
] as const

/** What is written on something. */
export const text: Pattern = (draws) => {
  const colour = draws.pick("colour", bright)
  const place = {
    x: draws.between("x", 0.46, 0.54),
    y: draws.between("y", 0.86, 0.92),
    size: draws.between("size", 0.34, 0.4),
  }
  const half = (word: string): Half => ({
    words: `${withArticle(`${colour} sign`)} that says ${word}`,
    items: [item("sign", colour, word, place)],
  })
  const [first, second] = draws.two("words", signWords)
  return pair("text", draws, outdoors, [half(first), half(second)])
}
