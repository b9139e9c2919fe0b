import { streams } from "./streams.ts"
import { threefry2x32, type Words } from "./threefry.ts"

/** A key on the host: the two words of a key tensor. */
export type HostKey = Words

/** Low and high 32 bits of a whole number 0 … 2^53 − 1. */
const wordsOf = (n: number): Words => [n >>> 0, Math.floor(n / 2 ** 32) >>> 0]

/** The key of a seed: any integer of up to 53 bits. The same words as `key(seed)`. */
export const hostKey = (seed: number): HostKey => [Math.floor(seed / 0x100000000) >>> 0, seed >>> 0]

/** A key that depends on `data` (an epoch, a step, a worker): the words of `foldIn`. */
export const hostFoldIn = (key: HostKey, data: number): HostKey => threefry2x32(key, [data >>> 0, streams.foldIn])

/** `count` independent keys: the words of `splitKey`. */
export const hostSplitKey = (key: HostKey, count: number): readonly HostKey[] =>
  Array.from({ length: count }, (_, i) => threefry2x32(key, [i, streams.split]))

/**
 * The key of part number `part` of what `key` stands for: epoch, position, … Unlike a fold it takes any whole number
 * 0 … 2^53 − 1, as positions in data need. Parts are the words that `hostRandomBits` draws from, so a key either has
 * parts or is drawn bits from. No op computes this on a device.
 */
export const hostPart = (key: HostKey, part: number): HostKey => threefry2x32(key, wordsOf(part))

/** Word number `position` of a key: what `randomBits` has there. */
export const hostRandomBits = (key: HostKey, position: number): number =>
  threefry2x32(key, [position >>> 0, streams.bits])[0]

/** Number `position` of a key, uniform in [0, 1): what `uniform` has there, in steps of 2^−24. */
export const hostUniform = (key: HostKey, position: number): number => (hostRandomBits(key, position) >>> 8) * 2 ** -24

/** Number `position` of a key, uniform in [0, 1) in steps of 2^−32: finer than an f32 holds, so drawn on hosts only. */
export const hostFraction = (key: HostKey, position: number): number =>
  threefry2x32(key, [position >>> 0, streams.fraction])[0] / 2 ** 32
