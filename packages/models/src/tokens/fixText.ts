import { unescapeHtml, windows1252Character } from "./unescapeHtml.ts"

const ligatures: Readonly<Record<string, string>> = {
  Ĳ: "IJ",
  ĳ: "ij",
  ŉ: "ʼn",
  Ǆ: "DŽ",
  ǅ: "Dž",
  ǆ: "dž",
  Ǉ: "LJ",
  ǈ: "Lj",
  ǉ: "lj",
  Ǌ: "NJ",
  ǋ: "Nj",
  ǌ: "nj",
  Ǳ: "DZ",
  ǲ: "Dz",
  ǳ: "dz",
  ﬀ: "ff",
  ﬁ: "fi",
  ﬂ: "fl",
  ﬃ: "ffi",
  ﬄ: "ffl",
  ﬅ: "ſt",
  ﬆ: "st",
}

/** The byte that windows-1252, read sloppily, shows as each character. */
const byteOf = new Map(Array.from({ length: 256 }, (_, byte) => [windows1252Character(byte), byte]))

const continuation = `[${Array.from({ length: 64 }, (_, i) => windows1252Character(0x80 + i))
  .join("")
  .replace(/[\]\\^-]/g, "\\$&")}]`

/** UTF-8 of accented letters (Ã…, Â…), typographic signs (â€…) and emoji (ðŸ…), read as windows-1252. */
const mojibake = new RegExp(`[ÂÃ]${continuation}|â[€„†˜™œž]${continuation}|ðŸ${continuation}{2}`, "g")

const decodeUtf8 = (seen: string): string =>
  new TextDecoder().decode(Uint8Array.from(seen, (letter) => byteOf.get(letter) as number))

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** UTF-8 of any script: two letters of two bytes, or one of more. One alone might be meant as it stands. */
const isDoubtless = (bytes: Uint8Array): boolean => {
  const leads = bytes.filter((byte) => byte >= 0xc2)
  return leads.length > 1 || leads.some((byte) => byte >= 0xe0)
}

/** A text whose every letter is a byte of windows-1252, if these bytes are UTF-8 without doubt: undefined otherwise. */
const wholeMojibake = (text: string): string | undefined => {
  const bytes = Array.from(text, (letter) => byteOf.get(letter))
  if (!bytes.every((byte) => byte !== undefined)) return undefined
  const known = Uint8Array.from(bytes)
  if (!isDoubtless(known)) return undefined
  try {
    return utf8.decode(known)
  } catch {
    return undefined
  }
}

const fixMojibake = (text: string): string => wholeMojibake(text) ?? text.replace(mojibake, decodeUtf8)

/** References as a whole; capital ones that HTML does not know stand for the capital letter. */
const fixEntity = (reference: string): string => {
  const character = unescapeHtml(reference)
  if (!character.includes(";")) return character
  const lower = unescapeHtml(reference.toLowerCase())
  return reference === reference.toUpperCase() && !lower.includes(";") ? lower.toUpperCase() : reference
}

const fixEntities = (text: string): string =>
  text.includes("<") ? text : text.replace(/&#?[0-9A-Za-z]{1,24};/g, fixEntity)

const terminalEscape = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*[a-zA-Z]`, "g")

const steps: readonly ((text: string) => string)[] = [
  fixEntities,
  fixMojibake,
  (text) => text.replace(/[\x80-\x9f]/g, (letter) => windows1252Character(letter.charCodeAt(0))),
  (text) => text.replace(/[Ĳĳŉ\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06]/g, (letter) => ligatures[letter] ?? letter),
  (text) => text.replace(/[\u3000\uff01-\uffee]/g, (letter) => letter.normalize("NFKC")),
  (text) => text.replace(/[\u02bc\u2018-\u201b]/g, "'").replace(/[\u201c-\u201f]/g, '"'),
  (text) => text.replace(/\r\n|[\r\u2028\u2029\x85]/g, "\n"),
  (text) => text.toWellFormed(),
  (text) => text.replace(terminalEscape, ""),
  (text) => text.replace(/[[\p{Cc}--[\t\n\f\r\x80-\x9f]]\u206a-\u206f\ufeff\ufff9-\ufffc]/gv, ""),
  (text) => text.normalize("NFC"),
]

const once = (text: string): string => steps.reduce((fixed, step) => step(fixed), text)

const mostRounds = 8

/**
 * Text as it was meant, the way `ftfy.fix_text` (6.3) with its defaults repairs it before CLIP's tokenizers: entities,
 * ligatures, full-width letters, curly quotes, line breaks, control characters, NFC; repeated until nothing changes.
 * Mojibake is repaired where it is unmistakable: UTF-8 read as windows-1252, of Latin letters, typographic signs and emoji
 * anywhere, of every script where the whole text is such; ftfy's guesses for other encodings are not made.
 */
export const fixText = (text: string): string => {
  let fixed = text
  for (let round = 0; round < mostRounds; round++) {
    const next = once(fixed)
    if (next === fixed) return fixed
    fixed = next
  }
  return fixed
}
