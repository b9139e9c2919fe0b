import { hostFraction, hostPart, type HostKey } from "@diva/tensor/random"

/** Choices of a scene, each named, so that adding a choice does not change the others. */
export interface Draws {
  readonly pick: <A>(name: string, list: readonly A[]) => A
  readonly between: (name: string, low: number, high: number) => number
  /** Two different members of a list. */
  readonly two: <A>(name: string, list: readonly A[]) => readonly [A, A]
}

/** The name as a number: its letters in base 31, within 32 bits. */
const numbered = (name: string): number =>
  [...name].reduce((hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7)

/** The choices that a key stands for: a pure function of key and name. */
export const drawsOf = (key: HostKey): Draws => {
  const uniform = (name: string, draw = 0): number => hostFraction(hostPart(key, numbered(name)), draw)
  const index = (length: number, u: number): number => Math.min(length - 1, Math.floor(u * length))
  return {
    pick: (name, list) => list[index(list.length, uniform(name))]!,
    between: (name, low, high) => low + (high - low) * uniform(name),
    two: (name, list) => {
      const first = index(list.length, uniform(name))
      const second = index(list.length - 1, uniform(name, 1))
      return [list[first]!, list[second < first ? second : second + 1]!]
    },
  }
}
