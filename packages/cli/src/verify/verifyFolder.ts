import { Clock, Effect } from "effect"
import { Gpu } from "@diva/diva"
import { adapterName } from "../adapter.ts"
import { progressLine } from "../progressLine.ts"
import { NothingVerified, VerificationFailed } from "./caseError.ts"
import { chooseCases } from "./chooseCases.ts"
import { findCases } from "./findCases.ts"
import type { CaseResult } from "./outcome.ts"
import { countOutcomes, isVerified, type VerifyReport } from "./report.ts"
import { verifyCase } from "./verifyCase.ts"

/** What to verify. */
export interface VerifyRequest {
  readonly folder: string
  /** Cases by name; all of the folder when empty. */
  readonly cases: readonly string[]
  /** Told of each case as soon as it is decided. */
  readonly onCase: (result: CaseResult) => Effect.Effect<void>
}

/** Computes the cases of a folder one after the other and reports all of them, whatever is wrong with any. */
export const verifyFolder = Effect.fn("verifyFolder")(function* ({ folder, cases, onCase }: VerifyRequest) {
  const chosen = yield* chooseCases(folder, yield* findCases(folder), cases)
  const begin = yield* Clock.currentTimeMillis
  const progress = yield* progressLine
  const results: CaseResult[] = []
  for (const found of chosen) {
    yield* progress.show({ done: results.length, total: chosen.length, label: found.name })
    const result = yield* verifyCase(found)
    results.push(result)
    yield* onCase(result)
  }
  yield* progress.clear
  const seconds = ((yield* Clock.currentTimeMillis) - begin) / 1000
  const report: VerifyReport = { folder, machine: adapterName((yield* Gpu).info), seconds, cases: results }
  return report
})

const failure = ({ folder, cases }: VerifyReport) => {
  const { passed, failed, error } = countOutcomes(cases)
  if (failed + error === 0)
    return new NothingVerified({
      folder,
      rule: cases.length === 0 ? "the folder holds no case" : "no case of the folder is supported by this version",
      remedy: "name a folder in the format of docs/verify.md, or none for the built-in cases",
    })
  return new VerificationFailed({
    folder,
    rule: `${failed} of ${passed + failed + error} cases lie outside their allowed error, ${error} could not be computed`,
    remedy:
      "run diva doctor; with diva verify --reference the CPU computes the same cases: " +
      "if they pass there, the adapter or its driver is at fault, if not, the folder is",
  })
}

/** Fails unless every supported case passed and there was one. Errors: `VerificationFailed`, `NothingVerified`. */
export const requireVerified = (report: VerifyReport): Effect.Effect<void, VerificationFailed | NothingVerified> =>
  isVerified(report.cases) ? Effect.void : Effect.fail(failure(report))
