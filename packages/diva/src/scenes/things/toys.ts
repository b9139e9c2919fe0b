import { darker, lighter } from "../colours.ts"
import { box, circle, ellipse, polygon, starShape, stroke, union, within } from "../shape.ts"
import type { Part } from "../paint.ts"
import type { Thing } from "../thing.ts"

const round = circle(0, 0.2, 0.8)

const stripes = (fill: Part["fill"]): readonly Part[] =>
  [-0.42, 0.02, 0.46].map((y) => ({ shape: within(round, box([-0.9, y], [0.9, y + 0.2])), fill }))

const spots = (fill: Part["fill"]): readonly Part[] =>
  (
    [
      [-0.4, -0.1],
      [0.25, -0.3],
      [0.45, 0.25],
      [-0.1, 0.3],
      [-0.45, 0.55],
      [0.2, 0.75],
    ] as const
  ).map(([x, y]) => ({
    shape: within(round, circle(x, y, 0.15)),
    fill,
  }))

/** Details: plain, striped, spotted. */
export const ball: Thing = ({ colour, detail }) => [
  { shape: round, fill: colour },
  ...(detail === "striped" ? stripes(lighter(colour, 0.72)) : []),
  ...(detail === "spotted" ? spots(lighter(colour, 0.72)) : []),
  { shape: ellipse(-0.28, -0.18, 0.22, 0.15), fill: [255, 255, 255], opacity: 0.5, flat: true, blur: 0.12 },
]

/** Details: five, eight (points). */
export const star: Thing = ({ colour, detail }) => {
  const points = detail === "eight" ? 8 : 5
  const depth = detail === "eight" ? 0.66 : 0.46
  return [
    { shape: starShape(0, 0.12, 0.86, points, depth, 0.06), fill: colour },
    { shape: starShape(0, 0.12, 0.5, points, depth, 0.02), fill: lighter(colour, 0.3), flat: true },
  ]
}

const lid = (colour: Part["fill"], open: boolean): Part =>
  open
    ? {
        shape: polygon(
          [
            [-0.82, -0.2],
            [-0.98, -0.72],
            [-0.84, -0.78],
            [-0.66, -0.24],
          ],
          0.04,
        ),
        fill: darker(colour, 0.12),
      }
    : { shape: box([-0.9, -0.42], [0.9, -0.12], 0.06), fill: lighter(colour, 0.14) }

const otherFlap = (colour: Part["fill"]): Part => ({
  shape: polygon(
    [
      [0.82, -0.2],
      [0.98, -0.72],
      [0.84, -0.78],
      [0.66, -0.24],
    ],
    0.04,
  ),
  fill: darker(colour, 0.12),
})

/** Details: open, closed. */
export const crate: Thing = ({ colour, detail }) => {
  const open = detail === "open"
  const inside: readonly Part[] = open
    ? [{ shape: box([-0.76, -0.3], [0.76, 0.1], 0.04), fill: darker(colour, 0.6), flat: true }]
    : []
  return [
    ...inside,
    { shape: box([-0.82, -0.16], [0.82, 1], 0.06), fill: colour },
    { shape: box([-0.14, -0.16], [0.14, 1]), fill: lighter(colour, 0.35), flat: true, opacity: 0.8 },
    lid(colour, open),
    ...(open ? [otherFlap(colour)] : []),
  ]
}

const cloth = within(circle(0, 0.05, 0.95), box([-1, -1], [1, 0.05]))
const scallops = [-0.63, 0, 0.63].map((x) => ellipse(x, 0.08, 0.32, 0.14)).reduce(union)

const openUmbrella = (colour: Part["fill"]): readonly Part[] => [
  { shape: stroke([0, -0.9], [0, 0.8], 0.04), fill: [96, 84, 80] },
  { shape: stroke([0, 0.85], [0.16, 0.94], 0.06), fill: [120, 84, 60] },
  { shape: union(cloth, stroke([0, -0.92], [0, -0.98], 0.03)), fill: colour },
  { shape: within(cloth, ellipse(0, 0.05, 0.32, 0.95)), fill: lighter(colour, 0.25), flat: true },
  { shape: within(scallops, box([-1, 0.04], [1, 0.4])), fill: darker(colour, 0.3) },
]

const closedUmbrella = (colour: Part["fill"]): readonly Part[] => [
  { shape: stroke([0, -0.95], [0, 0.8], 0.04), fill: [96, 84, 80] },
  { shape: stroke([0, 0.85], [0.16, 0.94], 0.06), fill: [120, 84, 60] },
  {
    shape: polygon(
      [
        [0, -0.86],
        [0.2, 0.36],
        [-0.2, 0.36],
      ],
      0.05,
    ),
    fill: colour,
  },
  { shape: stroke([0.05, -0.6], [0.1, 0.36], 0.025), fill: darker(colour, 0.3), flat: true },
  { shape: box([-0.15, -0.02], [0.15, 0.08], 0.03), fill: lighter(colour, 0.4) },
]

/** Details: open, closed. */
export const umbrella: Thing = ({ colour, detail }) =>
  detail === "open" ? openUmbrella(colour) : closedUmbrella(colour)
