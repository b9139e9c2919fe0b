import { columns } from "@diva/tensor"
import {
  countOutcomes,
  worstOf,
  type CaseResult,
  type GroupResult,
  type Outcome,
  type TensorResult,
  type VerifyReport,
} from "@diva/diva/verify"
import { adapterName } from "../text/adapterName.ts"
import { failureOf } from "../failure/failure.ts"
import { showNumber, showSeconds } from "../text/number.ts"
import type { Style } from "../text/style.ts"

const failuresShown = 5

const measured = ({ error, problem }: TensorResult): string => problem ?? showNumber(error)

const groupRow = (group: GroupResult): readonly string[] => {
  const [worst] = worstOf(group, 1)
  return [
    `  ${group.passed ? "ok" : "FAIL"}`,
    group.name,
    `${group.tensors.length} ${group.tensors.length === 1 ? "tensor" : "tensors"}`,
    worst === undefined ? "" : `error ${measured(worst)}`,
    worst === undefined ? "" : `allowed ${showNumber(worst.allowed)}`,
    worst === undefined ? "" : `worst ${worst.name}`,
  ]
}

const failureLine = (tensor: TensorResult): string => {
  const { name, allowed, maxError, maxAllowed } = tensor
  const byMax = maxAllowed === undefined ? "" : `; largest ${showNumber(maxError)}, allowed ${showNumber(maxAllowed)}`
  return `       ${name}: error ${measured(tensor)}, allowed ${showNumber(allowed)}${byMax}`
}

const failures = (group: GroupResult): readonly string[] => {
  const failed = worstOf(group, group.tensors.length).filter(({ passed }) => !passed)
  const more = failed.length - failuresShown
  return [
    ...failed.slice(0, failuresShown).map(failureLine),
    ...(more > 0 ? [`       … and ${more} more in ${group.name}`] : []),
  ]
}

const groupLines = (all: readonly GroupResult[], style: Style): readonly string[] => {
  const groups = all.filter(({ tensors }) => tensors.length > 0)
  const rows = columns(groups.map(groupRow), ["left", "left", "right", "left", "left", "left"])
  return [
    ...groups.flatMap((group, i) => [
      group.passed ? (rows[i] ?? "") : style.bad(rows[i] ?? ""),
      ...failures(group).map(style.bad),
    ]),
    ...all
      .flatMap(({ notUnderstood = [] }) => notUnderstood)
      .map((entry) => `  not understood, not compared: ${entry}`),
  ]
}

const statusText = ({ status }: Outcome, style: Style): string =>
  status === "passed" ? style.good(status) : status === "not yet supported" ? style.faint(status) : style.bad(status)

const details = (outcome: Outcome, style: Style): readonly string[] => {
  switch (outcome.status) {
    case "not yet supported":
      return []
    case "error": {
      const { problem, remedy } = failureOf(outcome.error)
      return [
        ...problem.split("\n").map((line) => style.bad(`  ${line}`)),
        ...(remedy === "" ? [] : [`  try  ${remedy}`]),
      ]
    }
    default:
      return groupLines(outcome.groups, style)
  }
}

/** One case: a line of its status, and a line per group of tensors. */
export const renderCase = ({ name, kind, seconds, outcome }: CaseResult, style: Style): string => {
  const reason = outcome.status === "not yet supported" ? `: ${outcome.reason}` : `  ${showSeconds(seconds)}`
  return [
    `${style.strong(name)}  ${style.faint(kind)}  ${statusText(outcome, style)}${style.faint(reason)}`,
    ...details(outcome, style),
  ].join("\n")
}

/** The closing line. */
export const renderVerdict = ({ cases, machine, seconds }: VerifyReport, style: Style): string => {
  const counts = countOutcomes(cases)
  const bad = counts.failed + counts.error
  const summary = [
    `${counts.passed} passed`,
    `${counts.failed} failed`,
    ...(counts.error > 0 ? [`${counts.error} unusable`] : []),
    ...(counts["not yet supported"] > 0 ? [`${counts["not yet supported"]} not yet supported`] : []),
  ].join(", ")
  return `${bad > 0 ? style.bad(summary) : style.good(summary)}  on ${adapterName(machine)}  ${style.faint(showSeconds(seconds))}`
}
