import { mix, type Rgb } from "./colours.ts"
import { type Canvas, type Part, paintPart, type Placement } from "./paint.ts"
import { box, circle, ellipse, stroke } from "./shape.ts"

/** A backdrop's two gradients, the height where they meet, and what is painted over them. */
interface Setting {
  /** Words after "… in/on": for captions. */
  readonly words: string
  readonly sky: readonly [Rgb, Rgb]
  readonly ground: readonly [Rgb, Rgb]
  readonly horizon: number
  readonly extras: (shift: number) => readonly Part[]
}

const cloud = (x: number, y: number, size: number): readonly Part[] =>
  (
    [
      [0, 0, 0.3],
      [-0.24, 0.06, 0.2],
      [0.26, 0.05, 0.22],
    ] as const
  ).map(([dx, dy, r]) => ({
    shape: circle(x + dx * size, y + dy * size, r * size),
    fill: [255, 255, 255] as Rgb,
    flat: true,
    opacity: 0.75,
    blur: 0.06,
  }))

const hill = (x: number, y: number, rx: number, ry: number, fill: Rgb): Part => ({
  shape: ellipse(x, y, rx, ry),
  fill,
  flat: true,
  blur: 0.02,
})

const bubbles = (shift: number): readonly Part[] =>
  [0, 1, 2, 3, 4].map((i) => ({
    shape: circle(((i * 0.37 + shift) % 1) * 1.8 - 0.9, 0.7 - ((i * 0.53 + shift) % 1) * 1.4, 0.025 + 0.01 * (i % 3)),
    fill: [214, 240, 250] as Rgb,
    flat: true,
    opacity: 0.6,
  }))

const flakes = (shift: number): readonly Part[] =>
  Array.from({ length: 14 }, (_, i) => ({
    shape: circle(((i * 0.754878 + shift) % 1) * 2 - 1, ((i * 0.56984 + 2 * shift) % 1) * 1.2 - 1, 0.018),
    fill: [255, 255, 255] as Rgb,
    flat: true,
    opacity: 0.9,
    blur: 0.02,
  }))

const ripples = (shift: number): readonly Part[] =>
  [0, 1, 2, 3, 4].map((i) => {
    const x = ((i * 0.41 + shift) % 1) * 1.6 - 0.8
    const y = 0.22 + 0.16 * i
    return {
      shape: stroke([x - 0.14, y], [x + 0.14, y], 0.008),
      fill: [255, 255, 255] as Rgb,
      flat: true,
      opacity: 0.45,
    }
  })

const skirting: readonly Part[] = [
  { shape: box([-1, 0.2], [1, 0.26]), fill: [252, 250, 246], flat: true, opacity: 0.8 },
]

const picture = (shift: number): readonly Part[] => [
  { shape: box([-0.86 + 1.3 * shift, -0.82], [-0.44 + 1.3 * shift, -0.5], 0.02), fill: [252, 250, 246], flat: true },
  { shape: box([-0.81 + 1.3 * shift, -0.77], [-0.49 + 1.3 * shift, -0.55], 0.01), fill: [196, 214, 214], flat: true },
]

/** Soft places for things to be in. Those that things float in have no firm ground. */
export const settings = {
  meadow: {
    words: "in a meadow",
    sky: [
      [168, 208, 238],
      [226, 240, 246],
    ],
    ground: [
      [172, 206, 138],
      [138, 184, 112],
    ],
    horizon: 0.62,
    extras: (shift) => [
      ...cloud(-0.9 + 1.6 * shift, -0.66, 0.6),
      ...cloud(0.9 - 1.2 * shift, -0.36, 0.42),
      hill(-0.6 + shift, 0.36, 0.9, 0.24, [186, 214, 152]),
    ],
  },
  room: {
    words: "in a room",
    sky: [
      [242, 228, 208],
      [246, 236, 220],
    ],
    ground: [
      [206, 170, 134],
      [188, 150, 116],
    ],
    horizon: 0.62,
    extras: (shift) => [...skirting, ...picture(shift)],
  },
  studio: {
    words: "on a grey floor",
    sky: [
      [216, 220, 228],
      [236, 238, 242],
    ],
    ground: [
      [222, 224, 230],
      [196, 200, 208],
    ],
    horizon: 0.6,
    extras: () => [],
  },
  paper: {
    words: "before a plain background",
    sky: [
      [236, 226, 214],
      [236, 226, 214],
    ],
    ground: [
      [238, 230, 220],
      [222, 208, 194],
    ],
    horizon: 0,
    extras: () => [],
  },
  beach: {
    words: "on a beach",
    sky: [
      [150, 206, 236],
      [220, 240, 248],
    ],
    ground: [
      [244, 226, 182],
      [232, 208, 158],
    ],
    horizon: 0.64,
    extras: (shift) => [
      { shape: box([-1, 0.06], [1, 0.3]), fill: [112, 182, 210], flat: true, blur: 0.02 },
      ...cloud(-0.8 + 1.5 * shift, -0.6, 0.5),
    ],
  },
  snow: {
    words: "in the snow",
    sky: [
      [178, 200, 226],
      [222, 232, 242],
    ],
    ground: [
      [240, 244, 250],
      [222, 230, 242],
    ],
    horizon: 0.62,
    extras: (shift) => [hill(-0.5 + shift, 0.4, 0.9, 0.3, [230, 236, 246]), ...flakes(shift)],
  },
  evening: {
    words: "at dusk",
    sky: [
      [104, 98, 150],
      [246, 186, 150],
    ],
    ground: [
      [126, 124, 112],
      [96, 98, 96],
    ],
    horizon: 0.62,
    extras: (shift) => [
      { shape: circle(-0.7 + 1.4 * shift, -0.02, 0.2), fill: [255, 220, 160], flat: true, blur: 0.16, opacity: 0.9 },
      hill(0.6 - shift, 0.4, 1, 0.26, [112, 108, 122]),
    ],
  },
  lake: {
    words: "on a lake",
    sky: [
      [176, 212, 238],
      [230, 242, 248],
    ],
    ground: [
      [132, 188, 214],
      [92, 154, 190],
    ],
    horizon: 0.5,
    extras: (shift) => [
      hill(-0.4 + shift, 0, 1.1, 0.22, [152, 190, 148]),
      { shape: box([-1, 0], [1, 0.5]), fill: [132, 188, 214], flat: true },
      ...ripples(shift),
    ],
  },
  sea: {
    words: "under water",
    sky: [
      [136, 206, 226],
      [60, 140, 186],
    ],
    ground: [
      [226, 206, 160],
      [208, 184, 138],
    ],
    horizon: 0.88,
    extras: bubbles,
  },
} as const satisfies Readonly<Record<string, Setting>>

export type BackdropName = keyof typeof settings

/** The whole picture as a thing's −1 … 1. */
const everywhere: Placement = { x: 0.5, y: 1, size: 0.5, flip: false }

const gradientAt = ({ sky, ground, horizon }: Setting, y: number): Rgb =>
  y < horizon ? mix(sky[0], sky[1], y / horizon) : mix(ground[0], ground[1], (y - horizon) / (1 - horizon))

/** Corners a little darker than the middle, as in a photograph. */
const vignette = (x: number, y: number): number => 1 - 0.12 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)

const paintGradients = ({ size, pixels }: Canvas, setting: Setting): void => {
  for (let py = 0; py < size; py++) {
    const y = (py + 0.5) / size
    const colour = gradientAt(setting, y)
    for (let px = 0; px < size; px++) {
      const light = vignette((px + 0.5) / size, y)
      for (let c = 0; c < 3; c++) pixels[3 * (py * size + px) + c] = (colour[c] as number) * light
    }
  }
}

/** Fills the canvas with a backdrop. `shift` in 0 … 1 moves its clouds, hills or bubbles. */
export const paintBackdrop = (canvas: Canvas, name: BackdropName, shift: number): void => {
  const setting: Setting = settings[name]
  paintGradients(canvas, setting)
  for (const part of setting.extras(shift)) paintPart(canvas, everywhere, part)
}
