import type { HostKey } from "./hostKey.ts"
import { threefry2x32 } from "./threefry.ts"

/** A whole number in [0, bound), unbiased: words above the last multiple of `bound` are drawn again. */
const below = (key: HostKey, draw: number, bound: number): number => {
  const limit = 2 ** 32 - (2 ** 32 % bound)
  for (let attempt = 0; ; attempt++) {
    const [word, second] = threefry2x32(key, [draw, attempt])
    if (word < limit) return word % bound
    if (second < limit) return second % bound
  }
}

/**
 * The numbers 0 … count − 1 in an order drawn uniformly from all orders (Fisher and Yates), a pure function of key and
 * count and the same on every machine. `count` below 2^32.
 */
export const hostPermutation = (key: HostKey, count: number): Uint32Array => {
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  for (let last = count - 1; last > 0; last--) {
    const chosen = below(key, last, last + 1)
    const held = order[last]!
    order[last] = order[chosen]!
    order[chosen] = held
  }
  return order
}
