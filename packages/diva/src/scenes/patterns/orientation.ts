import type { BackdropName } from "../backdrops.ts"
import type { ThingName } from "../things.ts"
import { aboutTheMiddle, bright, type Half, item, outdoors, pair, withArticle } from "./compose.ts"
import type { Pattern } from "./pattern.ts"

interface Facing {
  readonly thing: ThingName
  readonly verb: string
  readonly backdrops: readonly BackdropName[]
}

const facing: readonly Facing[] = [
  { thing: "car", verb: "facing", backdrops: outdoors },
  { thing: "fish", verb: "swimming to the", backdrops: ["sea"] },
  { thing: "duck", verb: "swimming to the", backdrops: ["lake"] },
  { thing: "boat", verb: "sailing to the", backdrops: ["lake"] },
]

const leftOrRight: Pattern = (draws) => {
  const { thing, verb, backdrops } = draws.pick("facing", facing)
  const colour = draws.pick("colour", bright)
  const place = aboutTheMiddle(draws)
  const half = (side: "left" | "right"): Half => ({
    words: `${withArticle(`${colour} ${thing}`)} ${verb} ${side}`,
    items: [item(thing, colour, "side", { ...place, flip: side === "right" })],
  })
  return pair("orientation", draws, backdrops, [half("left"), half("right")])
}

const upOrDown: Pattern = (draws) => {
  const colour = draws.pick("colour", bright)
  const place = aboutTheMiddle(draws)
  const half = (way: "up" | "down"): Half => ({
    words: `a sign with ${withArticle(`${colour} arrow`)} pointing ${way}`,
    items: [item("arrow", colour, way, place)],
  })
  return pair("orientation", draws, outdoors, [half("up"), half("down")])
}

/** Which way something faces: left or right, up or down. */
export const orientation: Pattern = (draws) =>
  draws.pick("kind", [leftOrRight, leftOrRight, leftOrRight, upOrDown])(draws)
