import type { BackdropName } from "../backdrops.ts"
import type { ColourName } from "../colours.ts"
import type { ThingName } from "../things.ts"
import { aboutTheMiddle, anywhere, bright, type Half, indoors, item, outdoors, pair, withArticle } from "./compose.ts"
import type { Pattern } from "./pattern.ts"

interface Paintable {
  readonly thing: ThingName
  readonly name: string
  readonly detail: string
  readonly backdrops: readonly BackdropName[]
}

const paintables: readonly Paintable[] = [
  { thing: "car", name: "car", detail: "side", backdrops: outdoors },
  { thing: "ball", name: "ball", detail: "plain", backdrops: anywhere },
  { thing: "cup", name: "cup", detail: "side", backdrops: indoors },
  { thing: "book", name: "book", detail: "closed", backdrops: anywhere },
  { thing: "flower", name: "flower", detail: "round", backdrops: ["meadow", "studio", "room"] },
  { thing: "umbrella", name: "umbrella", detail: "open", backdrops: outdoors },
  { thing: "boat", name: "boat", detail: "plain", backdrops: ["lake"] },
  { thing: "fish", name: "fish", detail: "plain", backdrops: ["sea"] },
  { thing: "crate", name: "box", detail: "closed", backdrops: anywhere },
]

/** What colour something is. */
export const colour: Pattern = (draws) => {
  const { thing, name, detail, backdrops } = draws.pick("thing", paintables)
  const place = aboutTheMiddle(draws)
  const half = (of: ColourName): Half => ({
    words: withArticle(`${of} ${name}`),
    items: [item(thing, of, detail, place)],
  })
  const [first, second] = draws.two("colours", bright)
  return pair("colour", draws, backdrops, [half(first), half(second)])
}
