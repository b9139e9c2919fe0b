/**
 * Letters to put in, leave out, replace or exchange with their neighbour to make `b` of `a`, none of them twice; `limit + 1` as soon
 * as it must exceed `limit`.
 */
export const editDistance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: readonly number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const exchange = exchanged ? before[j - 2]! + 1 : Infinity
      row.push(Math.min(replace, previous[j]! + 1, row[j - 1]! + 1, exchange))
    }
    if (Math.min(...row, ...previous) > limit) return limit + 1
    before = previous
    previous = row
  }
  return Math.min(previous[b.length]!, limit + 1)
}

/** The name nearest to `name`, if it differs in no more than a third of its letters, rounded; the first of equally near ones. */
export const nearestName = (name: string, others: readonly string[]): string | undefined => {
  let nearest: string | undefined
  let limit = Math.max(1, Math.round(name.length / 3))
  for (const other of others) {
    const distance = editDistance(name, other, limit)
    if (distance > limit) continue
    nearest = other
    limit = distance - 1
  }
  return nearest
}
