import type { Measures } from "./runState.ts"

/** Words that `keepBest` may say besides what scores are on. */
export const byLoss = "loss"

/** A saved state and what was measured of it. */
export interface Measured {
  readonly id: string
  readonly update: number
  readonly measures?: Measures
}

/** How good a state is, the higher the better; nothing where it was not measured. */
export const goodness = (by: string, { measures }: Pick<Measured, "measures">): number | undefined => {
  if (measures === undefined) return undefined
  const { loss, scores } = measures
  if (by === byLoss) return loss.weight > 0 ? -loss.sum / loss.weight : undefined
  return scores[by] ?? Object.entries(scores).find(([name]) => name.startsWith(`${by}/`))?.[1]
}

/**
 * The best of some states: of the lowest smoothed loss (`by` "loss") or of the highest score, `MMVP/stock`, or the first on `MMVP`.
 * Of equally good ones the earliest; nothing where none was measured so.
 */
export const bestOf = <S extends Measured>(states: readonly S[], by: string): S | undefined =>
  states
    .toSorted((a, b) => a.update - b.update)
    .reduce<S | undefined>((best, state) => {
      const found = goodness(by, state)
      if (found === undefined) return best
      return best === undefined || found > goodness(by, best)! ? state : best
    }, undefined)
