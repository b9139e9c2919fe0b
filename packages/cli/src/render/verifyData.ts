import {
  countOutcomes,
  isVerified,
  worstOf,
  type GroupResult,
  type Outcome,
  type TensorResult,
  type VerifyReport,
} from "@diva/diva/verify"
import { adapterName } from "../text/adapterName.ts"
import { failureOf } from "../failure/failure.ts"
import { failureData } from "../failure/renderFailure.ts"

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
      return { status: outcome.status, ...failureData(failureOf(outcome.error), false) }
    default:
      return { status: outcome.status, groups: outcome.groups.map(groupData) }
  }
}

/** The report as `--json` prints it. */
export const reportData = ({ folder, machine, seconds, cases }: VerifyReport) => ({
  ok: isVerified(cases),
  folder,
  machine: adapterName(machine),
  seconds,
  counts: countOutcomes(cases),
  cases: cases.map(({ name, kind, seconds: taken, outcome }) => ({
    name,
    kind,
    seconds: taken,
    ...outcomeData(outcome),
  })),
})
