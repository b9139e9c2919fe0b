import type { BackdropName } from "../backdrops.ts"
import type { ColourName } from "../colours.ts"
import type { PatternName } from "../scene.ts"
import type { ThingName } from "../things.ts"
import { aboutTheMiddle, anywhere, bright, type Half, indoors, item, outdoors, pair, withArticle } from "./compose.ts"
import type { Pattern } from "./pattern.ts"

/** Two kinds of one thing. In the words, COLOUR stands for the colour. */
interface Contrast {
  readonly thing: ThingName
  readonly kinds: readonly [readonly [detail: string, words: string], readonly [detail: string, words: string]]
  readonly backdrops: readonly BackdropName[]
  readonly colours?: readonly ColourName[]
}

/** "a COLOUR car" with orange is "an orange car". */
const coloured = (words: string, colour: ColourName): string =>
  words.replace("a COLOUR", withArticle(colour)).replace("COLOUR", colour)

const contrast =
  (pattern: PatternName, contrasts: readonly Contrast[]): Pattern =>
  (draws) => {
    const { thing, kinds, backdrops, colours = bright } = draws.pick("contrast", contrasts)
    const colour = draws.pick("colour", colours)
    const place = aboutTheMiddle(draws)
    const half = ([detail, words]: readonly [string, string]): Half => ({
      words: coloured(words, colour),
      items: [item(thing, colour, detail, place)],
    })
    return pair(pattern, draws, backdrops, [half(kinds[0]), half(kinds[1])])
  }

/** Whether a part is there. */
export const presence = contrast("presence", [
  {
    thing: "house",
    kinds: [
      ["chimney", "a house with a COLOUR roof and a chimney"],
      ["plain", "a house with a COLOUR roof and no chimney"],
    ],
    backdrops: outdoors,
  },
  {
    thing: "tree",
    kinds: [
      ["apples", "a COLOUR tree with apples"],
      ["plain", "a COLOUR tree without apples"],
    ],
    backdrops: ["meadow", "studio"],
    colours: ["green", "yellow", "orange"],
  },
  {
    thing: "snowman",
    kinds: [
      ["hat", "a snowman with a COLOUR scarf and a hat"],
      ["plain", "a snowman with a COLOUR scarf and no hat"],
    ],
    backdrops: ["snow", "meadow", "evening"],
  },
  {
    thing: "cat",
    kinds: [
      ["bow", "a COLOUR cat wearing a bow tie"],
      ["awake", "a COLOUR cat without a bow tie"],
    ],
    backdrops: anywhere,
    colours: ["orange", "brown", "black", "yellow"],
  },
])

/** What condition something is in. */
export const state = contrast("state", [
  {
    thing: "lamp",
    kinds: [
      ["on", "a COLOUR lamp that is on"],
      ["off", "a COLOUR lamp that is off"],
    ],
    backdrops: indoors,
  },
  {
    thing: "candle",
    kinds: [
      ["lit", "a COLOUR candle that is lit"],
      ["unlit", "a COLOUR candle that is not lit"],
    ],
    backdrops: indoors,
  },
  {
    thing: "book",
    kinds: [
      ["open", "a COLOUR book that is open"],
      ["closed", "a COLOUR book that is closed"],
    ],
    backdrops: anywhere,
  },
  {
    thing: "crate",
    kinds: [
      ["open", "a COLOUR box that is open"],
      ["closed", "a COLOUR box that is closed"],
    ],
    backdrops: anywhere,
  },
  {
    thing: "umbrella",
    kinds: [
      ["open", "a COLOUR umbrella that is open"],
      ["closed", "a COLOUR umbrella that is closed"],
    ],
    backdrops: outdoors,
  },
  {
    thing: "glass",
    kinds: [
      ["full", "a glass full of COLOUR juice"],
      ["empty", "an empty glass"],
    ],
    backdrops: indoors,
    colours: ["red", "orange", "yellow", "green", "purple", "pink"],
  },
  {
    thing: "cat",
    kinds: [
      ["awake", "a COLOUR cat that is awake"],
      ["asleep", "a COLOUR cat that is asleep"],
    ],
    backdrops: anywhere,
    colours: ["orange", "brown", "black", "yellow"],
  },
])

/** How something is built or patterned. */
export const structure = contrast("structure", [
  {
    thing: "ball",
    kinds: [
      ["striped", "a COLOUR ball with stripes"],
      ["spotted", "a COLOUR ball with spots"],
    ],
    backdrops: anywhere,
  },
  {
    thing: "star",
    kinds: [
      ["five", "a COLOUR star with five points"],
      ["eight", "a COLOUR star with eight points"],
    ],
    backdrops: anywhere,
  },
  {
    thing: "flower",
    kinds: [
      ["round", "a COLOUR flower with round petals"],
      ["pointed", "a COLOUR flower with pointed petals"],
    ],
    backdrops: ["meadow", "studio", "room"],
  },
  {
    thing: "house",
    kinds: [
      ["plain", "a house with a pointed COLOUR roof"],
      ["flat", "a house with a flat COLOUR roof"],
    ],
    backdrops: outdoors,
  },
])

/** From where something is seen. */
export const angle = contrast("viewpoint", [
  {
    thing: "car",
    kinds: [
      ["side", "a COLOUR car seen from the side"],
      ["front", "a COLOUR car seen from the front"],
    ],
    backdrops: outdoors,
  },
  {
    thing: "cup",
    kinds: [
      ["side", "a COLOUR cup seen from the side"],
      ["above", "a COLOUR cup seen from above"],
    ],
    backdrops: ["paper"],
  },
  {
    thing: "table",
    kinds: [
      ["side", "a COLOUR table seen from the side"],
      ["above", "a COLOUR table seen from above"],
    ],
    backdrops: ["paper"],
  },
  {
    thing: "flower",
    kinds: [
      ["round", "a COLOUR flower seen from the side"],
      ["above", "a COLOUR flower seen from above"],
    ],
    backdrops: ["paper"],
  },
])
