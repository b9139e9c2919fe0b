/** Red, green, blue, each 0 … 255; fractions are allowed until a picture is stored. */
export type Rgb = readonly [number, number, number]

/** The colours that captions name: apart from each other, none garish. */
export const namedColours = {
  red: [214, 66, 60],
  orange: [240, 146, 52],
  yellow: [246, 206, 70],
  green: [88, 166, 88],
  blue: [66, 122, 204],
  purple: [142, 92, 178],
  pink: [238, 138, 170],
  brown: [150, 104, 70],
  white: [246, 244, 238],
  black: [58, 58, 66],
} as const satisfies Readonly<Record<string, Rgb>>

export type ColourName = keyof typeof namedColours

/** The share t of b in a. */
export const mix = (a: Rgb, b: Rgb, t: number): Rgb => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
]

export const lighter = (colour: Rgb, t: number): Rgb => mix(colour, [255, 255, 255], t)

/** Towards a warm dark rather than black, which looks dirty. */
export const darker = (colour: Rgb, t: number): Rgb => mix(colour, [40, 30, 40], t)
