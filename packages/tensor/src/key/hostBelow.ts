import type { HostKey } from "./hostKey.ts"
import { threefry2x32 } from "./threefry.ts"

/**
 * The draw-th of independent whole numbers in [0, bound), a pure function of key, draw and bound. Unbiased: words above the last
 * multiple of `bound` are drawn again. `bound` from 1 to 2^32.
 */
export const hostBelow = (key: HostKey, draw: number, bound: number): number => {
  const limit = 2 ** 32 - (2 ** 32 % bound)
  for (let attempt = 0; ; attempt++) {
    const [word, second] = threefry2x32(key, [draw, attempt])
    if (word < limit) return word % bound
    if (second < limit) return second % bound
  }
}
