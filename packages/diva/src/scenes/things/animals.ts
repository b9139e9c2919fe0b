import { darker, lighter, type Rgb } from "../colours.ts"
import { box, circle, ellipse, outline, polygon, stroke, union, within } from "../shape.ts"
import type { Part } from "../paint.ts"
import type { Thing } from "../thing.ts"

const ink: Rgb = [48, 44, 52]

const openEyes: readonly Part[] = [-0.22, 0.22].flatMap((x) => [
  { shape: ellipse(x, -0.36, 0.13, 0.15), fill: [250, 250, 236] as Rgb, flat: true },
  { shape: ellipse(x, -0.34, 0.06, 0.12), fill: ink, flat: true },
])

/** Lids: the lower half of a ring. */
const closedEyes: readonly Part[] = [-0.22, 0.22].map((x) => ({
  shape: within(outline(circle(x, -0.4, 0.12), 0.028), box([-0.5, -0.38], [0.5, 0])),
  fill: ink,
  flat: true,
}))

const whiskers: readonly Part[] = [-1, 1].flatMap((side) =>
  [-0.02, 0.06].map((tilt) => ({
    shape: stroke([0.2 * side, -0.14], [0.6 * side, -0.16 + tilt * 2], 0.014),
    fill: ink,
    flat: true,
    opacity: 0.6,
  })),
)

const bow: readonly Part[] = [
  {
    shape: polygon(
      [
        [0, 0.2],
        [-0.3, 0.06],
        [-0.3, 0.34],
      ],
      0.04,
    ),
    fill: [208, 66, 60],
  },
  {
    shape: polygon(
      [
        [0, 0.2],
        [0.3, 0.06],
        [0.3, 0.34],
      ],
      0.04,
    ),
    fill: [208, 66, 60],
  },
  { shape: circle(0, 0.2, 0.09), fill: [160, 40, 44] },
]

const muzzle: readonly Part[] = [
  {
    shape: polygon(
      [
        [-0.07, -0.2],
        [0.07, -0.2],
        [0, -0.12],
      ],
      0.02,
    ),
    fill: [226, 130, 140],
    flat: true,
  },
  { shape: within(outline(circle(-0.08, -0.1, 0.08), 0.018), box([-0.4, -0.1], [0.4, 0.1])), fill: ink, flat: true },
  { shape: within(outline(circle(0.08, -0.1, 0.08), 0.018), box([-0.4, -0.1], [0.4, 0.1])), fill: ink, flat: true },
]

/** Details: awake, asleep, bow (awake, with a bow tie). */
export const cat: Thing = ({ colour, detail }) => [
  { shape: outline(circle(0.6, 0.6, 0.26), 0.08), fill: darker(colour, 0.1) },
  { shape: ellipse(0, 0.58, 0.52, 0.44), fill: colour },
  { shape: ellipse(0, 0.7, 0.26, 0.28), fill: lighter(colour, 0.5), flat: true },
  {
    shape: polygon(
      [
        [-0.5, -0.34],
        [-0.46, -0.92],
        [-0.1, -0.62],
      ],
      0.04,
    ),
    fill: colour,
  },
  {
    shape: polygon(
      [
        [0.5, -0.34],
        [0.46, -0.92],
        [0.1, -0.62],
      ],
      0.04,
    ),
    fill: colour,
  },
  { shape: ellipse(0, -0.28, 0.56, 0.46), fill: colour },
  ...(detail === "asleep" ? closedEyes : openEyes),
  ...whiskers,
  ...muzzle,
  ...(detail === "bow" ? bow : []),
]

/** Swims to the left. */
export const duck: Thing = ({ colour }) => [
  {
    shape: polygon(
      [
        [0.5, 0.5],
        [0.98, 0.1],
        [0.8, 0.66],
      ],
      0.06,
    ),
    fill: colour,
  },
  {
    shape: within(union(ellipse(0.1, 0.56, 0.78, 0.44), circle(-0.2, 0.5, 0.4)), box([-1, -1], [1, 0.92])),
    fill: colour,
  },
  { shape: ellipse(0.26, 0.48, 0.4, 0.22), fill: darker(colour, 0.14) },
  {
    shape: polygon(
      [
        [-0.8, -0.36],
        [-0.8, -0.12],
        [-1, -0.2],
      ],
      0.04,
    ),
    fill: [240, 146, 52],
  },
  { shape: circle(-0.44, -0.28, 0.4), fill: colour },
  {
    shape: polygon(
      [
        [-0.6, 0],
        [-0.1, 0],
        [0, 0.4],
        [-0.5, 0.4],
      ],
      0.02,
    ),
    fill: colour,
  },
  { shape: circle(-0.56, -0.36, 0.07), fill: ink, flat: true },
]
