import type { RgbImage } from "@diva/models"
import { paintBackdrop } from "./backdrops.ts"
import { namedColours } from "./colours.ts"
import { lightUp } from "./light.ts"
import { type Canvas, newCanvas, paintPart, paintShadow, toImage } from "./paint.ts"
import type { Item, Scene } from "./scene.ts"
import type { Thing } from "./thing.ts"
import { things, type ThingName } from "./things.ts"

/** Things in water or seen from above throw no shadow on the ground. */
const standsOnGround = ({ thing, detail }: Item, { backdrop }: Scene): boolean =>
  backdrop.name !== "lake" && backdrop.name !== "sea" && thing !== "umbrella" && detail !== "above"

const paintItem = (canvas: Canvas, scene: Scene, item: Item): void => {
  const thing: Thing = things[item.thing satisfies ThingName]
  if (standsOnGround(item, scene)) paintShadow(canvas, item)
  for (const part of thing({ colour: namedColours[item.colour], detail: item.detail })) paintPart(canvas, item, part)
}

/** Draws a scene as a picture of size × size. A pure function: equal scenes give equal pixels on every machine. */
export const drawScene = (scene: Scene, size: number): RgbImage => {
  const canvas = newCanvas(size)
  paintBackdrop(canvas, scene.backdrop.name, scene.backdrop.shift)
  for (const item of scene.items) paintItem(canvas, scene, item)
  lightUp(canvas, scene.backdrop)
  return toImage(canvas)
}
