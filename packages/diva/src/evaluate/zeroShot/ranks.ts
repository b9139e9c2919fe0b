/** Scores of several things for several others, row by row. */
export interface ScoreTable {
  readonly rows: number
  readonly columns: number
  readonly values: Float32Array | Float64Array
}

/**
 * How many columns of a row come before `column`: those with a larger score and, of those with the same, the ones further
 * left. So equal scores are ranked in the order of their columns, everywhere.
 */
export const rankOf = ({ columns, values }: ScoreTable, row: number, column: number): number => {
  const start = row * columns
  const own = values[start + column]!
  let rank = 0
  for (let j = 0; j < columns; j++) {
    const score = values[start + j]!
    if (score > own || (score === own && j < column)) rank++
  }
  return rank
}

/** The column with the largest score of a row, the leftmost of several. */
export const bestOf = ({ columns, values }: ScoreTable, row: number): number => {
  let best = 0
  for (let j = 1; j < columns; j++) if (values[row * columns + j]! > values[row * columns + best]!) best = j
  return best
}
