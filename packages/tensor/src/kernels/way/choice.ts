/** How a kernel is to compute, as data: tile sizes, strategies, operand storage. */
export type Choice = Readonly<Record<string, number | string>>

/**
 * A decision between ways to compute the same thing. `problem` identifies what is computed by family, sizes, layouts, element
 * types and the precision allowed, so that a measured decision can be kept.
 */
export interface Decision {
  readonly family: string
  readonly problem: string
  /** The choices worth measuring, by the cost model: the one it takes for the fastest first. */
  readonly candidates: readonly [Choice, ...Choice[]]
  /** Choices that are valid as well, but many times slower by the model: nobody picks one unless told to. */
  readonly others: readonly Choice[]
  /** The cheapest choice that computes in f32: what results of all others are held against. */
  readonly reference: Choice
}

/** Picks a choice of a decision. */
export type Choose = (decision: Decision) => Choice

/** Names what is decided: family and problem. */
export const decisionKey = ({ family, problem }: Pick<Decision, "family" | "problem">): string => `${family} ${problem}`

/** Two choices are the same if they read the same. */
export const sameChoice = (a: Choice, b: Choice): boolean => JSON.stringify(a) === JSON.stringify(b)
