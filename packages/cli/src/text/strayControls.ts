import { printable } from "@diva/models"

/** The marks of `style.ts`: bold, faint, red, green, and back. */
// oxlint-disable-next-line no-control-regex
const ownStyle = /^\u001b\[(?:0|1|2|31|32)m/

const lineOrTab = /^[\n\t]/

const nextPiece = (text: string, keepStyle: boolean): string =>
  lineOrTab.exec(text)?.[0] ?? (keepStyle ? ownStyle.exec(text)?.[0] : undefined) ?? ""

/**
 * A text whose lines, tabs and own colours stay, while every other control character is spelt out: names in files people
 * fetched end up in tables and errors, and one with an escape could rewrite what a terminal shows.
 */
export const withoutStrayControls = (text: string, keepStyle: boolean): string => {
  if (printable(text) === text) return text
  let safe = ""
  for (let at = 0; at < text.length;) {
    const piece = nextPiece(text.slice(at, at + 8), keepStyle)
    const letter = piece === "" ? String.fromCodePoint(text.codePointAt(at)!) : piece
    safe += piece === "" ? printable(letter) : letter
    at += letter.length
  }
  return safe
}
