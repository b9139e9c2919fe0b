/**
 * Control characters (line breaks, escapes, C1) and marks that turn the direction of writing: a name that has one could
 * rewrite what a terminal shows.
 */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu

const escaped = (letter: string): string => {
  const code = letter.codePointAt(0) as number
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`
}

/** A name from a file as it may be printed on one line: control characters are spelt out, `\x1b`. */
export const printable = (name: string): string => name.replace(unprintable, escaped)
