import { darker, lighter, type Rgb } from "../colours.ts"
import { box, circle, ellipse, polygon, starShape, stroke, union } from "../shape.ts"
import type { Part } from "../paint.ts"
import type { Thing } from "../thing.ts"

const leaf: Rgb = [96, 160, 92]
const bark: Rgb = [134, 96, 70]

const applesOn: readonly Part[] = (
  [
    [-0.4, -0.2],
    [0.1, -0.5],
    [0.42, -0.12],
    [-0.06, 0.06],
  ] as const
).map(([x, y]) => ({
  shape: circle(x, y, 0.11),
  fill: [208, 60, 56] as Rgb,
}))

/** Details: plain, apples. The colour is the crown's. */
export const tree: Thing = ({ colour, detail }) => [
  {
    shape: polygon(
      [
        [-0.1, 0],
        [0.1, 0],
        [0.16, 1],
        [-0.16, 1],
      ],
      0.02,
    ),
    fill: bark,
  },
  { shape: union(union(circle(-0.38, -0.14, 0.42), circle(0.38, -0.14, 0.42)), circle(0, -0.46, 0.5)), fill: colour },
  { shape: circle(-0.14, -0.54, 0.26), fill: lighter(colour, 0.3), opacity: 0.6, flat: true, blur: 0.2 },
  ...(detail === "apples" ? applesOn : []),
]

export const apple: Thing = ({ colour }) => [
  { shape: union(ellipse(-0.26, 0.3, 0.5, 0.66), ellipse(0.26, 0.3, 0.5, 0.66)), fill: colour },
  { shape: stroke([0, -0.26], [0.08, -0.66], 0.05), fill: bark },
  { shape: ellipse(0.32, -0.5, 0.24, 0.11), fill: leaf },
  { shape: ellipse(-0.36, 0.02, 0.15, 0.22), fill: [255, 255, 255], opacity: 0.45, flat: true, blur: 0.12 },
]

const roundPetals = (y: number): Part["shape"] =>
  Array.from({ length: 6 }, (_, i) => {
    const angle = (Math.PI * i) / 3
    return circle(0.36 * Math.sin(angle), y - 0.36 * Math.cos(angle), 0.25)
  }).reduce(union)

const blossom = (colour: Rgb, y: number, pointed: boolean): readonly Part[] => [
  { shape: pointed ? starShape(0, y, 0.66, 8, 0.5, 0.03) : roundPetals(y), fill: colour },
  { shape: circle(0, y, 0.22), fill: [248, 212, 92] },
]

/** Details: round, pointed (petals), above (seen from above). */
export const flower: Thing = ({ colour, detail }) =>
  detail === "above"
    ? [
        { shape: ellipse(-0.62, 0.3, 0.3, 0.16), fill: leaf },
        { shape: ellipse(0.62, 0.3, 0.3, 0.16), fill: leaf },
        ...blossom(colour, 0.3, false),
      ]
    : [
        { shape: stroke([0, -0.3], [0, 1], 0.05), fill: leaf },
        { shape: ellipse(0.26, 0.56, 0.26, 0.12), fill: leaf },
        { shape: ellipse(-0.26, 0.72, 0.26, 0.12), fill: darker(leaf, 0.1) },
        ...blossom(colour, -0.3, detail === "pointed"),
      ]

/** Faces left. */
export const fish: Thing = ({ colour }) => [
  {
    shape: polygon(
      [
        [0.46, 0.1],
        [0.96, -0.34],
        [0.84, 0.1],
        [0.96, 0.54],
      ],
      0.04,
    ),
    fill: darker(colour, 0.12),
  },
  {
    shape: polygon(
      [
        [-0.1, -0.2],
        [0.34, -0.56],
        [0.32, -0.1],
      ],
      0.04,
    ),
    fill: darker(colour, 0.12),
  },
  { shape: ellipse(-0.12, 0.1, 0.8, 0.46), fill: colour },
  { shape: ellipse(-0.1, 0.3, 0.5, 0.16), fill: lighter(colour, 0.5), opacity: 0.7, flat: true, blur: 0.1 },
  { shape: ellipse(0.12, 0.14, 0.2, 0.12), fill: darker(colour, 0.2) },
  { shape: circle(-0.54, -0.02, 0.12), fill: [252, 252, 250], flat: true },
  { shape: circle(-0.57, -0.02, 0.06), fill: [40, 40, 48], flat: true },
  { shape: stroke([-0.88, 0.24], [-0.72, 0.26], 0.025), fill: darker(colour, 0.5), flat: true },
]

const hat: readonly Part[] = [
  { shape: box([-0.3, -1.1], [0.3, -0.66], 0.04), fill: [58, 58, 66] },
  { shape: box([-0.3, -0.8], [0.3, -0.7]), fill: [208, 66, 60], flat: true },
  { shape: box([-0.48, -0.7], [0.48, -0.6], 0.04), fill: [58, 58, 66] },
]

const coal: Rgb = [56, 54, 60]
const snow: Rgb = [244, 247, 252]

/** Details: plain, hat. The colour is the scarf's. */
export const snowman: Thing = ({ colour, detail }) => [
  { shape: circle(0, 0.54, 0.48), fill: snow },
  { shape: circle(0, -0.3, 0.38), fill: snow },
  { shape: box([-0.34, -0.06], [0.34, 0.1], 0.07), fill: colour },
  { shape: box([0.14, 0.02], [0.3, 0.44], 0.06), fill: colour },
  ...(
    [
      [-0.13, -0.4],
      [0.13, -0.4],
      [0, 0.36],
      [0, 0.6],
    ] as const
  ).map(([x, y]) => ({ shape: circle(x, y, 0.05), fill: coal, flat: true })),
  {
    shape: polygon(
      [
        [-0.02, -0.32],
        [-0.02, -0.2],
        [-0.36, -0.22],
      ],
      0.02,
    ),
    fill: [240, 140, 50],
  },
  ...(detail === "hat" ? hat : []),
]
