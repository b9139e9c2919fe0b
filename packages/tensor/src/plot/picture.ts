import type { Colour } from "./colour.ts"
import { dotsOf, glyphAdvance, glyphHeight } from "./glyphs.ts"

/** Pixels in rows from the top, RGB of 8 bits each. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A corner and a size, in pixels. */
export interface Rectangle {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export const blankPicture = (width: number, height: number, [r, g, b]: Colour): Picture => {
  const data = new Uint8Array(width * height * 3)
  for (let at = 0; at < data.length; at += 3) {
    data[at] = r
    data[at + 1] = g
    data[at + 2] = b
  }
  return { width, height, data }
}

/** Colours a pixel; beyond the edges nothing happens. */
export const setPixel = ({ width, height, data }: Picture, x: number, y: number, colour: Colour): void => {
  if (x >= 0 && y >= 0 && x < width && y < height) data.set(colour, (y * width + x) * 3)
}

export const fillRectangle = (picture: Picture, area: Rectangle, colour: Colour): void => {
  const [right, bottom] = [area.left + area.width, area.top + area.height]
  for (let y = Math.round(area.top); y < Math.round(bottom); y++)
    for (let x = Math.round(area.left); x < Math.round(right); x++) setPixel(picture, x, y, colour)
}

export const fillDisc = (picture: Picture, x: number, y: number, radius: number, colour: Colour): void => {
  for (let dy = -Math.ceil(radius); dy <= radius; dy++)
    for (let dx = -Math.ceil(radius); dx <= radius; dx++)
      if (dx * dx + dy * dy <= radius * radius) setPixel(picture, Math.round(x) + dx, Math.round(y) + dy, colour)
}

type Point = readonly [number, number]

/** A straight stroke with round ends. */
export const stroke = (picture: Picture, [x0, y0]: Point, [x1, y1]: Point, radius: number, colour: Colour): void => {
  const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0)))
  for (let i = 0; i <= steps; i++)
    fillDisc(picture, x0 + ((x1 - x0) * i) / steps, y0 + ((y1 - y0) * i) / steps, radius, colour)
}

/** How wide a text is at a size of dots. */
export const textWidth = (text: string, dot: number): number => Math.max(0, [...text].length * glyphAdvance - 1) * dot

export const textHeight = (dot: number): number => glyphHeight * dot

/** Writes a text with its upper left corner at (x, y); a dot of its letters is `dot` pixels wide. */
export const write = (picture: Picture, text: string, [x, y]: Point, dot: number, colour: Colour): void => {
  for (const [column, row] of dotsOf(text))
    fillRectangle(picture, { left: x + column * dot, top: y + row * dot, width: dot, height: dot }, colour)
}

/** The picture at half its size, each pixel the mean of four: what was drawn twice as large has smooth edges. */
export const halved = ({ width, height, data }: Picture): Picture => {
  const small = { width: width >> 1, height: height >> 1 }
  const at = (x: number, y: number, channel: number): number => data[(y * width + x) * 3 + channel]!
  const means = Uint8Array.from({ length: small.width * small.height * 3 }, (_, i) => {
    const [channel, x] = [i % 3, (Math.floor(i / 3) % small.width) * 2]
    const y = Math.floor(i / 3 / small.width) * 2
    return (at(x, y, channel) + at(x + 1, y, channel) + at(x, y + 1, channel) + at(x + 1, y + 1, channel) + 2) >> 2
  })
  return { ...small, data: means }
}
