import type { RgbImage } from "@diva/models"
import { darker, type Rgb } from "./colours.ts"
import { ellipse, type Shape } from "./shape.ts"

/** A picture in the making: [size, size, 3], 0 … 255, not yet rounded. */
export interface Canvas {
  readonly size: number
  readonly pixels: Float32Array
}

/** One coloured piece of a thing. */
export interface Part {
  readonly shape: Shape
  readonly fill: Rgb
  /** 0 … 1; 1. */
  readonly opacity?: number
  /** Without the light from above and the darker rim that other parts have. */
  readonly flat?: boolean
  /** Width over which the edge fades, in the thing's units; a pixel. */
  readonly blur?: number
}

/** Where a thing's own −1 … 1 lies: the middle of its foot at (x, y), its half width `size`, in shares of the picture. */
export interface Placement {
  readonly x: number
  readonly y: number
  readonly size: number
  readonly flip: boolean
}

export const newCanvas = (size: number): Canvas => ({ size, pixels: new Float32Array(3 * size * size) })

const blend = (pixels: Float32Array, at: number, fill: Rgb, light: number, alpha: number): void => {
  for (let c = 0; c < 3; c++) {
    const under = pixels[at + c] as number
    pixels[at + c] = under + ((fill[c] as number) * light - under) * alpha
  }
}

/** Light comes from above; near the edge a surface turns away from it. `depth` is the distance inside the edge. */
const lightAt = (y: number, depth: number): number => (1.04 - 0.1 * y) * (depth < 0.07 ? 0.88 + 1.7 * depth : 1)

/** Pixels from `low` to `high` (shares of the picture), a pixel wider, inside the picture. */
const pixelRange = (low: number, high: number, size: number): readonly [number, number] => [
  Math.max(0, Math.floor(low * size) - 1),
  Math.min(size - 1, Math.ceil(high * size) + 1),
]

/** Paints one part, with edges softened over a pixel. */
export const paintPart = ({ size, pixels }: Canvas, place: Placement, part: Part): void => {
  const { shape, fill, opacity = 1, flat = false, blur = 0 } = part
  const unit = place.size * size
  const soft = Math.max(1, blur * unit)
  const sign = place.flip ? -1 : 1
  const [left, right] = place.flip ? [-shape.right, -shape.left] : [shape.left, shape.right]
  const [fromX, toX] = pixelRange(place.x + (left - blur) * place.size, place.x + (right + blur) * place.size, size)
  const lift = place.y - place.size
  const [fromY, toY] = pixelRange(
    lift + (shape.top - blur) * place.size,
    lift + (shape.bottom + blur) * place.size,
    size,
  )
  for (let py = fromY; py <= toY; py++) {
    const y = (py + 0.5 - lift * size) / unit
    for (let px = fromX; px <= toX; px++) {
      const distance = shape.at((sign * (px + 0.5 - place.x * size)) / unit, y)
      const alpha = Math.min(1, 0.5 - (distance * unit) / soft) * opacity
      if (alpha > 0) blend(pixels, 3 * (py * size + px), fill, flat ? 1 : lightAt(y, -distance), alpha)
    }
  }
}

/** The soft shadow under whatever stands at a place. */
const shadow: Part = {
  shape: ellipse(0.06, 0.97, 0.8, 0.13),
  fill: darker([60, 60, 80], 0.5),
  opacity: 0.34,
  flat: true,
  blur: 0.22,
}

export const paintShadow = (canvas: Canvas, place: Placement): void => paintPart(canvas, place, shadow)

/** The finished picture. */
export const toImage = ({ size, pixels }: Canvas): RgbImage => ({
  width: size,
  height: size,
  data: new Uint8Array(Uint8ClampedArray.from(pixels).buffer),
})
