/** Seconds after which work is worth a line in a log, and between two lines of long work. */
const seconds = { first: 2, most: 15 } as const

/**
 * Whether a log is due a line about work that has gone on for so many seconds: after two, then after twice as long each time, at last
 * every fifteen. Whoever waits soon knows what is going on, and a log of hours stays short.
 */
export const logPace = (): ((elapsed: number) => boolean) => {
  let last = 0
  return (elapsed) => {
    if (elapsed - last < Math.min(seconds.most, Math.max(seconds.first, last))) return false
    last = elapsed
    return true
  }
}
