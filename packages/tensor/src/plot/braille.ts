import { coloured } from "./ansi.ts"
import type { Colour } from "./colour.ts"

// The eight dots of a Braille character, as bits, by row and column (Unicode 16, "Braille Patterns").
const bits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const

/** Dots in characters of a terminal, two across and four down each. A character has the colour of its last dot. */
export interface DotCanvas {
  readonly width: number
  readonly height: number
  readonly set: (x: number, y: number, colour: Colour) => void
  readonly lines: (withColour: boolean) => readonly string[]
}

export const dotCanvas = (columns: number, rows: number): DotCanvas => {
  const dots = new Uint8Array(columns * rows)
  const colours: (Colour | undefined)[] = Array.from({ length: columns * rows })
  const [width, height] = [columns * 2, rows * 4]
  const set = (x: number, y: number, colour: Colour): void => {
    if (x < 0 || y < 0 || x >= width || y >= height) return
    const cell = Math.floor(y / 4) * columns + Math.floor(x / 2)
    dots[cell]! |= bits[y % 4]![x % 2]!
    colours[cell] = colour
  }
  const character = (cell: number, withColour: boolean): string => {
    const letter = dots[cell] === 0 ? " " : String.fromCodePoint(0x2800 + dots[cell]!)
    return coloured(letter, colours[cell] ?? [0, 0, 0], withColour)
  }
  const lines = (withColour: boolean): readonly string[] =>
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => character(row * columns + column, withColour)).join(""),
    )
  return { width, height, set, lines }
}
