import type { BackdropName } from "../backdrops.ts"
import type { Draws } from "../draws.ts"
import type { Item } from "../scene.ts"
import type { ThingName } from "../things.ts"
import { anywhere, bright, type Half, item, outdoors, pair, withArticle } from "./compose.ts"
import type { Pattern } from "./pattern.ts"

const numerals = ["no", "one", "two", "three", "four", "five"] as const

interface Countable {
  readonly thing: ThingName
  readonly plural: string
  readonly backdrops: readonly BackdropName[]
}

const countables: readonly Countable[] = [
  { thing: "ball", plural: "balls", backdrops: anywhere },
  { thing: "star", plural: "stars", backdrops: anywhere },
  { thing: "apple", plural: "apples", backdrops: anywhere },
  { thing: "flower", plural: "flowers", backdrops: outdoors },
  { thing: "tree", plural: "trees", backdrops: ["meadow", "snow"] },
  { thing: "fish", plural: "fish", backdrops: ["sea"] },
  { thing: "duck", plural: "ducks", backdrops: ["lake"] },
]

/** Up to three in a row, more in two rows, the back one first and smaller. */
const rowsOf = (count: number): readonly number[] =>
  count <= 3 ? [count] : [Math.floor(count / 2), Math.ceil(count / 2)]

const places = (count: number, draws: Draws): readonly Pick<Item, "x" | "y" | "size">[] =>
  rowsOf(count).flatMap((inRow, row, rows) =>
    Array.from({ length: inRow }, (_, i) => ({
      x: (i + 0.5 + draws.between(`dx${row}${i}`, -0.06, 0.06)) * (0.92 / inRow) + 0.04,
      y: (rows.length === 1 ? 0.88 : row === 1 ? 0.92 : 0.7) + draws.between(`dy${row}${i}`, -0.02, 0.02),
      size: rows.length === 1 ? Math.min(0.2, 0.42 / inRow) : 0.13,
    })),
  )

/** How many of something there are. */
export const count: Pattern = (draws) => {
  const { thing, plural, backdrops } = draws.pick("countable", countables)
  const colour = draws.pick("colour", bright)
  const half = (number: number): Half => ({
    words: number === 1 ? withArticle(`single ${colour} ${thing}`) : `${numerals[number]} ${colour} ${plural}`,
    items: places(number, draws).map((place) => item(thing, colour, "plain", place)),
  })
  const [first, second] = draws.two("numbers", [1, 2, 3, 4, 5])
  return pair("count", draws, backdrops, [half(first), half(second)])
}
