import { createHash } from "node:crypto"

/** Hex digits that a double holds exactly. Two of ten million differing texts agree in them with a chance of one in a hundred. */
const digits = 13

/** Remembers texts by 52 bits of their hash: a hundred megabytes for three million. */
export interface Seen {
  /** Remembers a SHA-256 in hex; false where it was known. */
  readonly addHash: (sha256: string) => boolean
  readonly addText: (text: string) => boolean
}

export const makeSeen = (): Seen => {
  const known = new Set<number>()
  const addHash = (sha256: string): boolean => {
    const value = Number.parseInt(sha256.slice(0, digits), 16)
    if (known.has(value)) return false
    known.add(value)
    return true
  }
  return { addHash, addText: (text) => addHash(createHash("sha256").update(text).digest("hex")) }
}
