import type { Choice } from "../kernels/way/choice.ts"

/**
 * 32-bit FNV-1a of the candidates, in whatever order: a measured winner holds only among the candidates it was measured with.
 * Source: http://www.isthe.com/chongo/tech/comp/fnv/
 */
export const candidatesChecksum = (candidates: readonly Choice[]): string => {
  let hash = 0x811c9dc5
  for (const character of candidates
    .map((choice) => JSON.stringify(choice))
    .toSorted()
    .join()) {
    hash ^= character.codePointAt(0)!
    hash = Math.imul(hash, 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, "0")
}
