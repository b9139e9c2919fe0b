import { streams } from "./streams.ts"
import { threefry2x32, type Words } from "./threefry.ts"

/** A key on the host: the two words of a key tensor. */
export type HostKey = Words

/** The key of a seed: any integer of up to 53 bits. The same words as `key(seed)`. */
export const hostKey = (seed: number): HostKey => [Math.floor(seed / 0x100000000) >>> 0, seed >>> 0]

/** A key that depends on `data` (an epoch, a step, a worker): the words of `foldIn`. */
export const hostFoldIn = (key: HostKey, data: number): HostKey => threefry2x32(key, [data >>> 0, streams.foldIn])

/** `count` independent keys: the words of `splitKey`. */
export const hostSplitKey = (key: HostKey, count: number): readonly HostKey[] =>
  Array.from({ length: count }, (_, i) => threefry2x32(key, [i, streams.split]))

/** Word number `position` of a key: what `randomBits` has there. */
export const hostRandomBits = (key: HostKey, position: number): number =>
  threefry2x32(key, [position >>> 0, streams.bits])[0]

/** Number `position` of a key, uniform in [0, 1). */
export const hostUniform = (key: HostKey, position: number): number => (hostRandomBits(key, position) >>> 8) * 2 ** -24

// 53 random bits against the range: a bias below range · 2^-53.
const hostBelow = (key: HostKey, position: number, range: number): number => {
  const [high, low] = threefry2x32(key, [position >>> 0, streams.bits])
  return Math.floor(((high >>> 5) * 0x4000000 + (low >>> 6)) * 2 ** -53 * range)
}

/** The numbers from 0 to count - 1 in an order that is a pure function of the key (Fisher and Yates). */
export const hostPermutation = (key: HostKey, count: number): Uint32Array => {
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  for (let last = count - 1; last > 0; last--) {
    const chosen = hostBelow(key, last, last + 1)
    const held = order[last]!
    order[last] = order[chosen]!
    order[chosen] = held
  }
  return order
}
