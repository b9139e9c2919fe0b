import { halfBlock } from "./ansi.ts"
import type { Colour } from "./colour.ts"
import { figure, type Figure } from "./figure.ts"
import { numbersOf, refuseShape, type Drawable, type Numbers } from "./numbersOf.ts"
import { blankPicture, setPixel } from "./picture.ts"
import { shareOf, type Range } from "./range.ts"

export interface ImageOptions {
  /** Values of black and of full light. Default: 0 and 1. */
  readonly range?: Range
}

interface Pixels {
  readonly width: number
  readonly height: number
  /** Channel 0 … 2 at a place. */
  readonly at: (x: number, y: number, channel: number) => number
}

/** Which axis holds the channels: three of them before one, the first axis before the last. */
const channelAxis = (shape: readonly number[]): number => {
  const found = [3, 1].flatMap((channels) => [0, 2].filter((axis) => shape[axis] === channels))
  return shape.length === 3 ? (found[0] ?? -1) : -1
}

const pixelsOf = (values: Numbers): Pixels => {
  const { shape, data } = values
  const [a, b, c] = shape as readonly [number, number, number]
  if (shape.length === 2) return { width: b, height: a, at: (x, y) => data[y * b + x]! }
  const axis = channelAxis(shape)
  if (axis === 0)
    return { width: c, height: b, at: (x, y, channel) => data[((a === 1 ? 0 : channel) * b + y) * c + x]! }
  if (axis === 2)
    return { width: b, height: a, at: (x, y, channel) => data[(y * b + x) * c + (c === 1 ? 0 : channel)]! }
  return refuseShape(
    "image",
    values,
    "a picture is [height, width], [3, height, width] or [height, width, 3]",
    "take one picture of a batch: slice, then reshape",
  )
}

const brightness = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]

/**
 * A picture, grey [height, width] or in colours [3, height, width] or [height, width, 3], its first row at the top. A terminal shows
 * two pixels in each character.
 */
export const image = async (values: Drawable, { range = [0, 1] }: ImageOptions = {}): Promise<Figure> => {
  const { width, height, at } = pixelsOf(await numbersOf("image", values))
  const level = (x: number, y: number, channel: number): number =>
    Math.round(Math.min(1, Math.max(0, shareOf(range, at(x, y, channel)) || 0)) * 255)
  const colourAt = (across: number, down: number): Colour => {
    const [x, y] = [Math.min(width - 1, Math.floor(across * width)), Math.min(height - 1, Math.floor(down * height))]
    return [level(x, y, 0), level(x, y, 1), level(x, y, 2)]
  }
  const greyAt = (across: number, down: number): string => {
    const [r, g, b] = colourAt(across, down)
    return brightness[Math.floor(((0.299 * r + 0.587 * g + 0.114 * b) / 255.001) * brightness.length)]!
  }

  const text = ({ columns: most, colour }: { columns: number; colour: boolean }): string => {
    const columns = Math.min(most, width)
    const rows = Math.max(1, Math.round((columns * height) / width / 2))
    const cell = (column: number, row: number): string => {
      const across = (column + 0.5) / columns
      return colour
        ? halfBlock(colourAt(across, (row + 0.25) / rows), colourAt(across, (row + 0.75) / rows))
        : greyAt(across, (row + 0.5) / rows)
    }
    return Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => cell(column, row)).join(""),
    ).join("\n")
  }

  return figure({
    text,
    // Of the width asked for; the height follows from the picture's own.
    picture: (size) => {
      const picture = blankPicture(size.width, Math.max(1, Math.round((size.width * height) / width)), [0, 0, 0])
      for (let y = 0; y < picture.height; y++)
        for (let x = 0; x < picture.width; x++)
          setPixel(picture, x, y, colourAt((x + 0.5) / picture.width, (y + 0.5) / picture.height))
      return picture
    },
  })
}
