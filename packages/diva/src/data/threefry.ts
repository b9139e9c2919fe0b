/** A 64-bit key of a counter-based generator, as two unsigned words. */
export type DataKey = readonly [number, number]

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits))

/**
 * Threefry-2x32 with 20 rounds: two words that look random, a pure function of key and counter, whole numbers only and
 * so the same on every machine.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), §4.2.
 */
export const threefry = ([k0, k1]: DataKey, [c0, c1]: readonly [number, number]): readonly [number, number] => {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda] as const
  let x = (c0 + k0) | 0
  let y = (c1 + k1) | 0
  for (let group = 0; group < 5; group++) {
    for (const bits of group % 2 === 0 ? rotations[0] : rotations[1]) {
      x = (x + y) | 0
      y = rotate(y, bits) ^ x
    }
    x = (x + (keys[(group + 1) % 3] as number)) | 0
    y = (y + (keys[(group + 2) % 3] as number) + group + 1) | 0
  }
  return [x >>> 0, y >>> 0]
}

/** Low and high 32 bits of a whole number 0 … 2^53 − 1. */
const words = (n: number): readonly [number, number] => [n >>> 0, Math.floor(n / 2 ** 32) >>> 0]

/** The key of a seed (a whole number below 2^53). */
export const dataKey = (seed: number): DataKey => threefry([0, 0], words(seed))

/** The key of part `n` of what `key` stands for: epoch n, position n, … Different n give unrelated keys. */
export const partKey = (key: DataKey, n: number): DataKey => threefry(key, words(n))

/** The draw-th uniform number in [0, 1) of a key, in steps of 2^−32. */
export const uniformOf = (key: DataKey, draw: number): number => threefry(key, [draw, 0x756e6966])[0] / 2 ** 32
