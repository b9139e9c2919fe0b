import type { Precision } from "@diva/tensor"
import { Clock, Effect } from "effect"
import { Gpu } from "../gpu/gpu.ts"
import { chooseCases } from "./chooseCases.ts"
import { findCases } from "./findCases.ts"
import type { CaseResult } from "./outcome.ts"
import type { VerifyReport } from "./report.ts"
import { verifyCase } from "./verifyCase.ts"

/** What to verify. */
export interface VerifyRequest {
  readonly folder: string
  /** Cases by name; all of the folder when empty. */
  readonly cases: readonly string[]
  /** What the machine multiplies with: at medium precision models are judged by `mediumError`. Default: highest. */
  readonly precision?: Precision
  /** What is to happen when a case begins, the `done`-th of `total`; nothing by default. */
  readonly onBegin?: (name: string, done: number, total: number) => Effect.Effect<void>
  /** What is to happen with each result as soon as there is one; nothing by default. */
  readonly onCase?: (result: CaseResult) => Effect.Effect<void>
}

/**
 * Computes the cases of a folder one after the other and reports all of them, whatever is wrong with any.
 * Errors: `CaseInvalid` if the folder cannot be read, `UnknownCase` for a name that is not in it.
 */
export const verifyFolder = Effect.fn("verifyFolder")(function* (request: VerifyRequest) {
  const { folder, cases, precision, onBegin = () => Effect.void, onCase = () => Effect.void } = request
  const chosen = yield* chooseCases(folder, yield* findCases(folder), cases)
  const begin = yield* Clock.currentTimeMillis
  const results: CaseResult[] = []
  for (const found of chosen) {
    yield* onBegin(found.name, results.length, chosen.length)
    const result = yield* verifyCase(found, precision)
    results.push(result)
    yield* onCase(result)
  }
  const seconds = ((yield* Clock.currentTimeMillis) - begin) / 1000
  const report: VerifyReport = { folder, machine: (yield* Gpu).info, seconds, cases: results }
  return report
})
