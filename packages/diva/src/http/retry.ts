/** Answers that a later try may improve. */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Whether an HTTP status may be another the next time. */
export const isPassing = (status: number): boolean => passing.has(status)

const longestWait = 60_000

/** What a server asks to wait, in milliseconds and no longer than a minute: seconds, or a date. */
export const retryAfterOf = (header: string | undefined, now: number): number => {
  if (header === undefined) return 0
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(wait) ? Math.min(longestWait, Math.max(0, wait)) : 0
}
