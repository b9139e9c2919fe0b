import { type DataKey, threefry } from "./threefry.ts"

/** A whole number in [0, bound), unbiased: words above the last multiple of `bound` are drawn again. */
const below = (key: DataKey, draw: number, bound: number): number => {
  const limit = 2 ** 32 - (2 ** 32 % bound)
  for (let attempt = 0; ; attempt++) {
    const [word, second] = threefry(key, [draw, attempt])
    if (word < limit) return word % bound
    if (second < limit) return second % bound
  }
}

/**
 * The numbers 0 … count − 1 in an order drawn uniformly from all orders (Fisher–Yates), a pure function of key and
 * count and the same on every machine. `count` below 2^32.
 */
export const permutation = (key: DataKey, count: number): Uint32Array => {
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = below(key, i, i + 1)
    const held = order[i] as number
    order[i] = order[j] as number
    order[j] = held
  }
  return order
}
