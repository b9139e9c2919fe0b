/** A source of choices: the same seed gives the same ones. */
export interface Draw {
  /** An integer of [low, high]. */
  readonly whole: (low: number, high: number) => number
  readonly chance: (probability: number) => boolean
  readonly one: <T>(options: readonly T[]) => T
  readonly shuffled: <T>(items: readonly T[]) => readonly T[]
}

// mulberry32: small, and good enough to choose with.
export const drawFrom = (seed: number): Draw => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    whole,
    chance: (probability) => next() < probability,
    one: (options) => options[whole(0, options.length - 1)]!,
    shuffled: (items) => {
      const left = [...items]
      return items.map(() => left.splice(whole(0, left.length - 1), 1)[0]!)
    },
  }
}
