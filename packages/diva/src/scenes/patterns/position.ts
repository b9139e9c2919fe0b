import type { Item } from "../scene.ts"
import type { ThingName } from "../things.ts"
import { anywhere, bright, type Half, indoors, item, outdoors, pair, withArticle } from "./compose.ts"
import type { Pattern } from "./pattern.ts"

/** What can be beside, on or under other things. */
const small: readonly ThingName[] = ["ball", "apple", "cup", "star"]
const large = [
  ["crate", "box"],
  ["tree", "tree"],
  ["house", "house"],
] as const

const beside: Pattern = (draws) => {
  const thing = draws.pick("thing", small)
  const [mine, other] = draws.two("colours", bright)
  const [base, baseName] = draws.pick("base", large)
  const half = (side: "left" | "right"): Half => ({
    words: `${withArticle(`${mine} ${thing}`)} to the ${side} of ${withArticle(`${other} ${baseName}`)}`,
    items: [
      item(base, other, "plain", { x: side === "left" ? 0.66 : 0.34, size: 0.23 }),
      item(thing, mine, "plain", { x: side === "left" ? 0.22 : 0.78, y: 0.88, size: 0.15 }),
    ],
  })
  return pair("position", draws, outdoors, [half("left"), half("right")])
}

const onOrUnder: Pattern = (draws) => {
  const thing = draws.pick("thing", small)
  const [mine, other] = draws.two("colours", bright)
  const x = draws.between("x", 0.4, 0.6)
  const table: Item = item("table", other, "side", { y: 0.92, size: 0.33 })
  const half = (where: "on" | "under"): Half => ({
    words: `${withArticle(`${mine} ${thing}`)} ${where} ${withArticle(`${other} table`)}`,
    items: [table, item(thing, mine, "plain", { x, y: where === "on" ? 0.51 : 0.91, size: 0.14 })],
  })
  return pair("position", draws, indoors, [half("on"), half("under")])
}

const inFrontOrBehind: Pattern = (draws) => {
  const thing = draws.pick("thing", ["ball", "apple"] as const)
  const [mine, other] = draws.two("colours", bright)
  const x = 0.5 + draws.pick("side", [-1, 1]) * draws.between("x", 0.17, 0.2)
  const crate: Item = item("crate", other, "closed", { y: 0.86, size: 0.24 })
  const words = (where: string): string => `${withArticle(`${mine} ${thing}`)} ${where} ${withArticle(`${other} box`)}`
  const front: Half = {
    words: words("in front of"),
    items: [crate, item(thing, mine, "plain", { x, y: 0.93, size: 0.16 })],
  }
  const behind: Half = {
    words: words("behind"),
    items: [item(thing, mine, "plain", { x, y: 0.79, size: 0.16 }), crate],
  }
  return pair("position", draws, anywhere, [front, behind])
}

/** Where two things are with respect to each other. */
export const position: Pattern = (draws) => draws.pick("kind", [beside, onOrUnder, inFrontOrBehind])(draws)
