/** Two 32-bit words. */
export type Words = readonly [first: number, second: number]

// Rotation distances of Threefry-2x32 (Salmon, Moraes, Dror and Shaw 2011, table 2).
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const

const rotateLeft = (x: number, distance: number): number => (x << distance) | (x >>> (32 - distance))

/**
 * Threefry-2x32 with 20 rounds: a keyed bijection of 64-bit counters whose values pass as random. The same function, in
 * WGSL, is what devices compute.
 */
export const threefry2x32 = ([k0, k1]: Words, [c0, c1]: Words): Words => {
  const schedule = [k0, k1, k0 ^ k1 ^ 0x1bd11bda] as const
  let x = (c0 + k0) | 0
  let y = (c1 + k1) | 0
  for (let round = 0; round < 20; round++) {
    x = (x + y) | 0
    y = rotateLeft(y, rotations[round % 8]!) ^ x
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      x = (x + schedule[injection % 3]!) | 0
      y = (y + schedule[(injection + 1) % 3]! + injection) | 0
    }
  }
  return [x >>> 0, y >>> 0]
}

// Unrolled by hand: four rounds between two injections of the key.
const fourRounds = (first: number): string =>
  rotations
    .slice(first, first + 4)
    .map((distance) => `  x = x + y; y = ((y << ${distance}u) | (y >> ${32 - distance}u)) ^ x;`)
    .join("\n")

const injection = (number: number): string => {
  const key = ["k.x", "k.y", "k2"]
  return `  x = x + ${key[number % 3]}; y = y + ${key[(number + 1) % 3]} + ${number}u;`
}

/** WGSL text of `threefry(key, counter)`. */
export const threefryFunction = `fn threefry(k: vec2u, c: vec2u) -> vec2u {
  let k2 = k.x ^ k.y ^ 0x1bd11bdau;
  var x = c.x + k.x;
  var y = c.y + k.y;
${[1, 2, 3, 4, 5].map((n) => `${fourRounds(n % 2 === 1 ? 0 : 4)}\n${injection(n)}`).join("\n")}
  return vec2u(x, y);
}
`
