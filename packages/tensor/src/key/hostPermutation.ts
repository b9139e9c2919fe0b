import { hostBelow } from "./hostBelow.ts"
import type { HostKey } from "./hostKey.ts"

/**
 * The numbers 0 … count − 1 in an order drawn uniformly from all orders (Fisher and Yates), a pure function of key and
 * count and the same on every machine. `count` below 2^32.
 */
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
