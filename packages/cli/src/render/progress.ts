import { showSeconds } from "../text/number.ts"

/** How far something long has come. */
export interface Progress {
  readonly done: number
  /** Absent where nobody knows how many there are. */
  readonly total?: number
  /** Seconds since it began. */
  readonly elapsed: number
  /** What is being done. */
  readonly label: string
  /** Seconds that remain, where the work itself knows better than elapsed time tells; null where it cannot know yet. */
  readonly remaining?: number | null
}

const barWidth = 20

const bar = (share: number): string => {
  const full = Math.round(share * barWidth)
  return `${"█".repeat(full)}${"░".repeat(barWidth - full)}`
}

/** Seconds that remain at the pace so far; nothing before the first piece is done. */
export const remainingSeconds = ({ done, total, elapsed, remaining }: Progress): number | undefined =>
  remaining === undefined && total !== undefined && done > 0
    ? (elapsed / done) * (total - done)
    : (remaining ?? undefined)

/**
 * Estimates the seconds that remain by the pieces after the first, whose time goes into compiling kernels; null while nothing
 * tells. Begins anew where fewer are done than before, or time runs from the start again.
 */
export const warmEstimate = (): ((done: number, total: number, elapsed: number) => number | null) => {
  let first: { readonly done: number; readonly elapsed: number } | undefined
  return (done, total, elapsed) => {
    if (done > 0 && (first === undefined || done < first.done || elapsed < first.elapsed)) first = { done, elapsed }
    if (first === undefined || done <= first.done) return null
    return ((elapsed - first.elapsed) / (done - first.done)) * (total - done)
  }
}

/** `████░░░░ 3/12  label  12 s, about 40 s left`, or `3  label  12 s` of nobody knows how many. */
export const renderProgress = (progress: Progress): string => {
  const { done, total, elapsed, label } = progress
  if (total === undefined) return `${done}  ${label}  ${showSeconds(elapsed)}`
  const left = done < total ? remainingSeconds(progress) : undefined
  const time =
    left === undefined || left === 0 ? showSeconds(elapsed) : `${showSeconds(elapsed)}, about ${showSeconds(left)} left`
  return `${bar(total === 0 ? 1 : Math.min(1, done / total))} ${done}/${total}  ${label}  ${time}`
}
