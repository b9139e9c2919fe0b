import type { Colour } from "./colour.ts"

const reset = "\u001B[0m"

/** A text in a colour, where colours are wanted. */
export const coloured = (text: string, [r, g, b]: Colour, wanted: boolean): string =>
  wanted && text.trim() !== "" ? `\u001B[38;2;${r};${g};${b}m${text}${reset}` : text

/** One character cell of two pixels, one above the other. */
export const halfBlock = (upper: Colour, lower: Colour): string =>
  `\u001B[38;2;${upper.join(";")};48;2;${lower.join(";")}m▀${reset}`
