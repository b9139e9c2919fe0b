import { angle } from "./details.ts"
import { bright, type Half, item, outdoors, pair } from "./compose.ts"
import type { Pattern } from "./pattern.ts"

/** The same thing seen from near or from far: large and low, or small and near the horizon. */
const distance: Pattern = (draws) => {
  const thing = draws.pick("thing", ["house", "tree", "snowman", "car"] as const)
  const colour = draws.pick("colour", bright)
  const x = draws.between("x", 0.42, 0.58)
  const near: Half = {
    words: `a ${thing} seen from nearby`,
    items: [item(thing, colour, "plain", { x, y: 0.94, size: 0.42 })],
  }
  const far: Half = {
    words: `a ${thing} seen from far away`,
    items: [item(thing, colour, "plain", { x, y: 0.7, size: 0.13 })],
  }
  return pair("viewpoint", draws, outdoors, [near, far])
}

/** From where something is seen: which side of it, or how far away. */
export const viewpoint: Pattern = (draws) => draws.pick("kind", [angle, angle, distance])(draws)
