import { darker, lighter, type Rgb } from "../colours.ts"
import { box, circle, ellipse, polygon, stroke, union, within } from "../shape.ts"
import type { Part } from "../paint.ts"
import type { Thing } from "../thing.ts"

const glass: Rgb = [196, 226, 240]
const tyre: Rgb = [52, 52, 60]

const wheel = (x: number): readonly Part[] => [
  { shape: circle(x, 0.76, 0.24), fill: tyre },
  { shape: circle(x, 0.76, 0.11), fill: [206, 208, 214] },
]

/** Faces left, so that the bonnet, the lamp and the sloping windscreen are on the left. */
const carSide = (colour: Rgb): readonly Part[] => [
  {
    shape: polygon(
      [
        [-0.42, 0.2],
        [-0.16, -0.24],
        [0.5, -0.24],
        [0.72, 0.2],
      ],
      0.1,
    ),
    fill: colour,
  },
  {
    shape: polygon(
      [
        [-0.32, 0.16],
        [-0.12, -0.16],
        [0.1, -0.16],
        [0.1, 0.16],
      ],
      0.04,
    ),
    fill: glass,
  },
  {
    shape: polygon(
      [
        [0.24, 0.16],
        [0.24, -0.16],
        [0.46, -0.16],
        [0.58, 0.16],
      ],
      0.04,
    ),
    fill: glass,
  },
  { shape: box([-1, 0.16], [1, 0.76], 0.18), fill: colour },
  { shape: box([0.14, 0.3], [0.3, 0.36], 0.03), fill: darker(colour, 0.4), flat: true },
  { shape: ellipse(-0.92, 0.4, 0.08, 0.1), fill: [255, 240, 170], flat: true },
  { shape: box([0.92, 0.34], [1, 0.5], 0.03), fill: [190, 40, 40], flat: true },
  ...wheel(-0.54),
  ...wheel(0.54),
]

const carFront = (colour: Rgb): readonly Part[] => [
  { shape: box([-0.66, 0.6], [-0.4, 1], 0.06), fill: tyre },
  { shape: box([0.4, 0.6], [0.66, 1], 0.06), fill: tyre },
  {
    shape: polygon(
      [
        [-0.54, 0.14],
        [-0.4, -0.3],
        [0.4, -0.3],
        [0.54, 0.14],
      ],
      0.1,
    ),
    fill: colour,
  },
  {
    shape: polygon(
      [
        [-0.46, 0.1],
        [-0.35, -0.22],
        [0.35, -0.22],
        [0.46, 0.1],
      ],
      0.04,
    ),
    fill: glass,
  },
  { shape: box([-0.74, 0.12], [0.74, 0.82], 0.16), fill: colour },
  { shape: box([-0.3, 0.44], [0.3, 0.6], 0.05), fill: darker(colour, 0.6), flat: true },
  { shape: circle(-0.52, 0.46, 0.12), fill: [255, 240, 170], flat: true },
  { shape: circle(0.52, 0.46, 0.12), fill: [255, 240, 170], flat: true },
  { shape: box([-0.7, 0.72], [0.7, 0.82], 0.05), fill: [200, 202, 208] },
]

/** Details: side, front. */
export const car: Thing = ({ colour, detail }) => (detail === "front" ? carFront(colour) : carSide(colour))

/** Sails to the left: pointed bow and the large sail behind the mast. */
export const boat: Thing = ({ colour }) => [
  { shape: stroke([0, -0.95], [0, 0.5], 0.035), fill: [120, 84, 60] },
  {
    shape: polygon(
      [
        [0.08, -0.86],
        [0.78, 0.3],
        [0.08, 0.3],
      ],
      0.02,
    ),
    fill: [250, 246, 236],
  },
  {
    shape: polygon(
      [
        [-0.08, -0.6],
        [-0.08, 0.3],
        [-0.5, 0.3],
      ],
      0.02,
    ),
    fill: lighter(colour, 0.55),
  },
  {
    shape: polygon(
      [
        [-1, 0.44],
        [0.9, 0.44],
        [0.7, 0.9],
        [-0.6, 0.9],
      ],
      0.04,
    ),
    fill: colour,
  },
  {
    shape: within(
      polygon(
        [
          [-1, 0.44],
          [0.9, 0.44],
          [0.7, 0.9],
          [-0.6, 0.9],
        ],
        0.04,
      ),
      box([-1.1, 0.52], [1, 0.6]),
    ),
    fill: [250, 246, 236],
    flat: true,
  },
]

/** Points up; `detail` down points down. */
export const arrow: Thing = ({ colour, detail }) => {
  const at = (y: number): number => (detail === "down" ? -y : y) - 0.05
  return [
    { shape: box([-0.07, 0.3], [0.07, 1], 0.03), fill: [150, 150, 158] },
    { shape: box([-0.82, -0.98], [0.82, 0.64], 0.16), fill: [250, 248, 242] },
    {
      shape: union(
        polygon(
          [
            [0, at(-0.72) - 0.1],
            [0.46, at(-0.12) - 0.1],
            [-0.46, at(-0.12) - 0.1],
          ],
          0.05,
        ),
        box([-0.17, Math.min(at(-0.2), at(0.55)) - 0.1], [0.17, Math.max(at(-0.2), at(0.55)) - 0.1], 0.05),
      ),
      fill: colour,
      flat: true,
    },
  ]
}
