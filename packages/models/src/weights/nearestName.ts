/** Levenshtein distance, or `limit + 1` as soon as it must exceed `limit`. */
export const editDistance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replace, (previous[j] as number) + 1, (row[j - 1] as number) + 1))
    }
    if (Math.min(...row) > limit) return limit + 1
    previous = row
  }
  return Math.min(previous[b.length] as number, limit + 1)
}

/** The name nearest to `name`, if it differs in no more than a third of its letters; the first of equally near ones. */
export const nearestName = (name: string, others: readonly string[]): string | undefined => {
  let nearest: string | undefined
  let limit = Math.max(1, Math.floor(name.length / 3))
  for (const other of others) {
    const distance = editDistance(name, other, limit)
    if (distance > limit) continue
    nearest = other
    limit = distance - 1
  }
  return nearest
}
