import type { MachineInfo } from "../gpu/machineInfo.ts"
import type { CaseResult, Outcome } from "./outcome.ts"

/** How many cases ended in which way. */
export type Counts = Readonly<Record<Outcome["status"], number>>

/** What became of the cases of a folder. */
export interface VerifyReport {
  readonly folder: string
  /** What computed the cases. */
  readonly machine: MachineInfo
  readonly seconds: number
  readonly cases: readonly CaseResult[]
}

export const countOutcomes = (cases: readonly CaseResult[]): Counts => {
  const count = (status: Outcome["status"]): number => cases.filter(({ outcome }) => outcome.status === status).length
  return {
    passed: count("passed"),
    failed: count("failed"),
    error: count("error"),
    "not yet supported": count("not yet supported"),
  }
}

/** Every case that could be computed passed, and there was at least one. */
export const isVerified = (cases: readonly CaseResult[]): boolean => {
  const { passed, failed, error } = countOutcomes(cases)
  return passed > 0 && failed + error === 0
}
