import { failureData } from "../failure/renderFailure.ts"
import { worstOf, type GroupResult, type TensorResult } from "./group.ts"
import type { CaseResult, Outcome } from "./outcome.ts"

/** How many cases ended in which way. */
export type Counts = Readonly<Record<Outcome["status"], number>>

/** What `diva verify` found. */
export interface VerifyReport {
  readonly folder: string
  /** What computed the cases, in words. */
  readonly machine: string
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

/** JSON has no infinity: a tensor that could not be compared has the error `null`. */
const number = (value: number): number | null => (Number.isFinite(value) ? value : null)

const tensorData = ({ name, error, allowed, maxError, maxAllowed, passed, problem }: TensorResult) => ({
  name,
  passed,
  error: number(error),
  allowed: number(allowed),
  maxError: number(maxError),
  ...(maxAllowed === undefined ? {} : { maxAllowed }),
  ...(problem === undefined ? {} : { problem }),
})

const worstShown = 5

const groupData = (group: GroupResult) => ({
  name: group.name,
  passed: group.passed,
  count: group.tensors.length,
  failed: group.tensors.filter(({ passed }) => !passed).length,
  worst: worstOf(group, worstShown).map(tensorData),
  ...(group.notUnderstood === undefined ? {} : { notUnderstood: group.notUnderstood }),
})

const outcomeData = (outcome: Outcome) => {
  switch (outcome.status) {
    case "not yet supported":
      return { status: outcome.status, reason: outcome.reason }
    case "error":
      return { status: outcome.status, ...failureData(outcome.failure, false) }
    default:
      return { status: outcome.status, groups: outcome.groups.map(groupData) }
  }
}

/** The report as `--json` prints it. */
export const reportData = ({ folder, machine, seconds, cases }: VerifyReport) => ({
  ok: isVerified(cases),
  folder,
  machine,
  seconds,
  counts: countOutcomes(cases),
  cases: cases.map(({ name, kind, seconds: taken, outcome }) => ({
    name,
    kind,
    seconds: taken,
    ...outcomeData(outcome),
  })),
})
