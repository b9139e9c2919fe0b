const logFactorials: number[] = [0]

const logFactorial = (n: number): number => {
  for (let i = logFactorials.length; i <= n; i++) logFactorials.push(logFactorials[i - 1]! + Math.log(i))
  return logFactorials[n]!
}

/** P(X = k) of n fair coins. */
const fairCoins = (k: number, n: number): number =>
  Math.exp(logFactorial(n) - logFactorial(k) - logFactorial(n - k) - n * Math.LN2)

/**
 * The exact two-sided p-value of McNemar's test: how likely a split at least as uneven as (gained, lost) of the units that
 * changed is, if changing either way were equally likely. 1 where nothing changed.
 * Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions" (Psychometrika 1947),
 * in its exact binomial form.
 */
export const mcnemar = (gained: number, lost: number): number => {
  const changed = gained + lost
  const fewer = Math.min(gained, lost)
  let tail = 0
  for (let k = 0; k <= fewer; k++) tail += fairCoins(k, changed)
  return Math.min(1, 2 * tail)
}
