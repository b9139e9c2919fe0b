import { darker, lighter, type Rgb } from "../colours.ts"
import { box, circle, outline, polygon, type Shape, stroke } from "../shape.ts"
import { letterStrokes } from "../letters.ts"
import type { Part } from "../paint.ts"
import type { Thing } from "../thing.ts"

const wall: Rgb = [246, 236, 214]
const pane: Rgb = [170, 212, 236]

const window = (shape: Shape): readonly Part[] => [
  { shape, fill: pane },
  { shape: outline(shape, 0.035), fill: [252, 250, 244], flat: true },
]

const chimney: Part = { shape: box([0.36, -0.92], [0.6, -0.3], 0.03), fill: [176, 92, 76] }

const pointedRoof = (colour: Rgb): Part => ({
  shape: polygon(
    [
      [-0.9, -0.08],
      [0, -0.86],
      [0.9, -0.08],
    ],
    0.06,
  ),
  fill: colour,
})
const flatRoof = (colour: Rgb): Part => ({ shape: box([-0.88, -0.26], [0.88, -0.06], 0.05), fill: colour })

/** Details: plain, chimney, flat (roof). The colour is the roof's. */
export const house: Thing = ({ colour, detail }) => [
  ...(detail === "chimney" ? [chimney] : []),
  { shape: box([-0.74, -0.14], [0.74, 1], 0.03), fill: wall },
  detail === "flat" ? flatRoof(colour) : pointedRoof(colour),
  { shape: box([-0.16, 0.42], [0.2, 1], 0.03), fill: darker(colour, 0.25) },
  { shape: circle(0.12, 0.72, 0.035), fill: [250, 220, 120], flat: true },
  ...window(box([-0.58, 0.18], [-0.28, 0.5], 0.03)),
  ...window(box([0.34, 0.18], [0.62, 0.5], 0.03)),
]

const textParts = (word: string, colour: Rgb): readonly Part[] => {
  const advance = Math.min(0.46, 1.66 / word.length)
  const [width, height] = [advance * 0.68, 0.46]
  const start = (-advance * word.length) / 2 + (advance - width) / 2
  return [...word].flatMap((letter, i) =>
    letterStrokes(letter).map(([from, to]): Part => {
      const place = ([x, y]: readonly [number, number]) =>
        [start + i * advance + x * width, -0.52 + y * height] as const
      return { shape: stroke(place(from), place(to), Math.min(0.055, advance * 0.13)), fill: colour, flat: true }
    }),
  )
}

/** A board on a post; `detail` is the word on it, in capitals. */
export const sign: Thing = ({ colour, detail }) => [
  { shape: box([-0.08, 0.1], [0.08, 1], 0.02), fill: [134, 96, 70] },
  { shape: box([-1.04, -0.84], [1.04, 0.26], 0.12), fill: colour },
  { shape: box([-0.96, -0.76], [0.96, 0.18], 0.08), fill: lighter(colour, 0.86), flat: true },
  ...textParts(detail, darker(colour, 0.55)),
]
