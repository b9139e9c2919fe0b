import { decodeHTML } from "entities"

/** What windows-1252 has where Unicode has control characters: browsers, and Python, read such numbers so. */
const windows1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"

/** The windows-1252 reading of 0x80 … 0x9f; other code points stay. */
export const windows1252Character = (code: number): string =>
  code >= 0x80 && code <= 0x9f ? (windows1252[code - 0x80] as string) : String.fromCodePoint(code)

const isNoncharacter = (code: number): boolean => (code & 0xfffe) === 0xfffe || (code >= 0xfdd0 && code <= 0xfdef)

const isControl = (code: number): boolean => code < 9 || code === 0x0b || (code >= 0x0e && code < 0x20) || code === 0x7f

const numbered = (code: number): string => {
  if (code === 0 || (code >= 0xd800 && code <= 0xdfff) || !(code <= 0x10ffff)) return "\ufffd"
  if (code === 0x0d) return "\r"
  return isControl(code) || isNoncharacter(code) ? "" : windows1252Character(code)
}

const reference = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/g

const codeOf = (digits: string): number =>
  /^#x/i.test(digits) ? Number.parseInt(digits.slice(2), 16) : Number.parseInt(digits.slice(1), 10)

/** References to characters by name or number become the characters, as Python's `html.unescape`. */
export const unescapeHtml = (text: string): string =>
  text.replace(reference, (whole, name: string) => (name.startsWith("#") ? numbered(codeOf(name)) : decodeHTML(whole)))
