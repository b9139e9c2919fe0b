import { darker, lighter, mix, type Rgb } from "../colours.ts"
import { box, circle, ellipse, outline, polygon, stroke, union, within, without } from "../shape.ts"
import type { Part } from "../paint.ts"
import type { Thing } from "../thing.ts"

const brass: Rgb = [176, 150, 104]
const warm: Rgb = [255, 236, 160]
const paper: Rgb = [252, 248, 236]

const glow = (x: number, y: number, r: number): Part => ({
  shape: circle(x, y, r),
  fill: warm,
  opacity: 0.75,
  flat: true,
  blur: r * 1.6,
})

/** Details: on, off. */
export const lamp: Thing = ({ colour, detail }) => {
  const on = detail === "on"
  const shade = polygon(
    [
      [-0.34, -0.86],
      [0.34, -0.86],
      [0.66, -0.08],
      [-0.66, -0.08],
    ],
    0.06,
  )
  return [
    ...(on ? [glow(0, -0.3, 0.7)] : []),
    { shape: stroke([0, -0.1], [0, 0.86], 0.06), fill: brass },
    { shape: ellipse(0, 0.9, 0.42, 0.1), fill: brass },
    { shape: shade, fill: on ? mix(colour, warm, 0.6) : darker(colour, 0.25), flat: on },
    ...(on
      ? [
          {
            shape: within(shade, ellipse(0, -0.1, 0.46, 0.4)),
            fill: [255, 250, 220] as Rgb,
            flat: true,
            blur: 0.3,
            opacity: 0.8,
          },
        ]
      : []),
  ]
}

const lines = (x: number): readonly Part[] =>
  [0, 1, 2, 3].map((row) => ({
    shape: stroke([x - 0.28, 0.1 + row * 0.16], [x + (row === 3 ? 0.05 : 0.28), 0.1 + row * 0.16], 0.022),
    fill: [150, 146, 140] as Rgb,
    flat: true,
  }))

const openBook = (colour: Rgb): readonly Part[] => [
  { shape: box([-1, -0.06], [1, 0.86], 0.08), fill: colour },
  {
    shape: polygon(
      [
        [-0.9, -0.06],
        [0, 0.04],
        [0, 0.82],
        [-0.9, 0.74],
      ],
      0.03,
    ),
    fill: paper,
  },
  {
    shape: polygon(
      [
        [0.9, -0.06],
        [0, 0.04],
        [0, 0.82],
        [0.9, 0.74],
      ],
      0.03,
    ),
    fill: darker(paper, 0.05),
  },
  { shape: stroke([0, 0.04], [0, 0.82], 0.02), fill: [190, 180, 160], flat: true },
  ...lines(-0.46),
  ...lines(0.46),
]

const closedBook = (colour: Rgb): readonly Part[] => [
  { shape: box([-0.56, -0.64], [0.66, 1], 0.05), fill: paper },
  { shape: box([-0.66, -0.66], [0.58, 0.98], 0.06), fill: colour },
  { shape: box([-0.66, -0.66], [-0.48, 0.98], 0.05), fill: darker(colour, 0.3) },
  { shape: box([-0.3, -0.34], [0.38, 0.08], 0.04), fill: lighter(colour, 0.6), flat: true },
]

/** Details: open, closed. */
export const book: Thing = ({ colour, detail }) => (detail === "open" ? openBook(colour) : closedBook(colour))

/** Details: full, empty. The colour is the drink's. */
export const glass: Thing = ({ colour, detail }) => {
  const body = polygon(
    [
      [-0.5, -0.8],
      [0.5, -0.8],
      [0.38, 0.94],
      [-0.38, 0.94],
    ],
    0.05,
  )
  const drink: readonly Part[] =
    detail === "full"
      ? [
          {
            shape: within(
              polygon(
                [
                  [-0.42, -0.5],
                  [0.42, -0.5],
                  [0.34, 0.86],
                  [-0.34, 0.86],
                ],
                0.03,
              ),
              box([-1, -0.5], [1, 1]),
            ),
            fill: colour,
          },
          { shape: ellipse(0, -0.5, 0.43, 0.07), fill: lighter(colour, 0.4), flat: true },
        ]
      : []
  return [
    { shape: body, fill: [226, 240, 246], opacity: 0.55, flat: true },
    ...drink,
    { shape: outline(body, 0.025), fill: [150, 178, 190], flat: true, opacity: 0.9 },
    { shape: stroke([-0.32, -0.55], [-0.26, 0.6], 0.035), fill: [255, 255, 255], flat: true, opacity: 0.6 },
  ]
}

const flame: readonly Part[] = [
  glow(0, -0.62, 0.4),
  {
    shape: polygon(
      [
        [0, -0.98],
        [0.13, -0.6],
        [0, -0.44],
        [-0.13, -0.6],
      ],
      0.05,
    ),
    fill: [250, 168, 56],
    flat: true,
  },
  { shape: ellipse(0, -0.58, 0.07, 0.12), fill: [255, 244, 190], flat: true },
]

/** Details: lit, unlit. */
export const candle: Thing = ({ colour, detail }) => [
  { shape: ellipse(0, 0.9, 0.56, 0.1), fill: brass },
  { shape: box([-0.24, -0.2], [0.24, 0.88], 0.06), fill: colour },
  { shape: ellipse(0, -0.17, 0.24, 0.06), fill: lighter(colour, 0.4), flat: true },
  { shape: stroke([0, -0.2], [0, -0.4], 0.025), fill: [60, 54, 54], flat: true },
  ...(detail === "lit" ? flame : []),
]

const cupSide = (colour: Rgb): readonly Part[] => [
  { shape: outline(ellipse(0.58, 0.24, 0.28, 0.3), 0.07), fill: darker(colour, 0.1) },
  {
    shape: polygon(
      [
        [-0.6, -0.36],
        [0.6, -0.36],
        [0.42, 0.92],
        [-0.42, 0.92],
      ],
      0.07,
    ),
    fill: colour,
  },
  { shape: ellipse(0, -0.38, 0.64, 0.12), fill: darker(colour, 0.45), flat: true },
  { shape: outline(ellipse(0, -0.38, 0.64, 0.12), 0.03), fill: lighter(colour, 0.4), flat: true },
  { shape: box([-0.55, 0.16], [0.55, 0.34]), fill: lighter(colour, 0.45), flat: true, opacity: 0.7 },
]

const cupAbove = (colour: Rgb): readonly Part[] => [
  { shape: circle(0, 0.14, 0.86), fill: lighter(colour, 0.75) },
  { shape: outline(circle(0, 0.14, 0.66), 0.02), fill: lighter(colour, 0.4), flat: true },
  { shape: box([0.4, 0.05], [0.92, 0.23], 0.08), fill: darker(colour, 0.1) },
  { shape: circle(0, 0.14, 0.54), fill: colour },
  { shape: circle(0, 0.14, 0.44), fill: [112, 74, 54], flat: true },
  { shape: ellipse(-0.14, 0, 0.14, 0.08), fill: [168, 124, 96], flat: true, blur: 0.1, opacity: 0.8 },
]

/** Details: side, above. */
export const cup: Thing = ({ colour, detail }) => (detail === "above" ? cupAbove(colour) : cupSide(colour))

const legs = (colour: Rgb): readonly Part[] =>
  [-0.84, 0.72].map((x) => ({ shape: box([x, -0.1], [x + 0.12, 1], 0.03), fill: darker(colour, 0.2) }))

/** Details: side, above. */
export const table: Thing = ({ colour, detail }) =>
  detail === "above"
    ? [
        { shape: box([-0.95, -0.45], [0.95, 0.85], 0.12), fill: colour },
        {
          shape: without(box([-0.83, -0.33], [0.83, 0.73], 0.08), box([-0.78, -0.28], [0.78, 0.68], 0.06)),
          fill: darker(colour, 0.25),
          flat: true,
        },
        ...[-0.02, 0.2, 0.42].map((y): Part => ({
          shape: stroke([-0.6, y], [0.6, y], 0.012),
          fill: darker(colour, 0.2),
          flat: true,
          opacity: 0.6,
        })),
      ]
    : [
        ...legs(colour),
        { shape: union(box([-1, -0.26], [1, -0.08], 0.06), box([-0.86, -0.12], [0.86, 0.04])), fill: colour },
      ]
