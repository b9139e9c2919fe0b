import type { Choice, Decision } from "../kernels/dispatch/kernel.ts"

/** Names what is decided: family and problem. */
export const decisionKey = ({ family, problem }: Pick<Decision, "family" | "problem">): string => `${family} ${problem}`

/** Two choices are the same if they read the same. */
export const sameChoice = (a: Choice, b: Choice): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * 32-bit FNV-1a of the candidates: a measured winner holds only among the candidates it was measured with.
 * Source: http://www.isthe.com/chongo/tech/comp/fnv/
 */
export const candidatesChecksum = (candidates: readonly Choice[]): string => {
  let hash = 0x811c9dc5
  for (const character of JSON.stringify(candidates)) {
    hash ^= character.codePointAt(0)!
    hash = Math.imul(hash, 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, "0")
}
