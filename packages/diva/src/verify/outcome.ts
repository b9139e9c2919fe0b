import type { GroupResult } from "./group.ts"

/** What became of a case. A case this version cannot compute is never `passed`. */
export type Outcome =
  | { readonly status: "passed" | "failed"; readonly groups: readonly GroupResult[] }
  | { readonly status: "not yet supported"; readonly reason: string }
  | { readonly status: "error"; readonly error: unknown }

export interface CaseResult {
  /** The case's folder (or file), relative to the folder that was verified. */
  readonly name: string
  /** What kind of case it is, in words. */
  readonly kind: string
  readonly seconds: number
  readonly outcome: Outcome
}

/** A case passes when something of it was compared and all of that passes. */
export const outcomeOf = (groups: readonly GroupResult[]): Outcome => ({
  status:
    groups.some(({ tensors }) => tensors.length > 0) && groups.every(({ passed }) => passed) ? "passed" : "failed",
  groups,
})
