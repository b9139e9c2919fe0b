import { Effect, Predicate } from "effect"
import { CaseInvalid } from "./caseError.ts"
import { isNumber, isObject } from "./documentFields.ts"
import type { Bar } from "./group.ts"
import type { ReadableCase } from "./kind.ts"

// A case that allows more than this tells nothing about an adapter, whatever it says about itself.
const largestBar = 0.05
const slack = 20
const floor = 2e-6

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((found, key) => (isObject(found) ? found[key] : undefined), value)

const invalid = (found: ReadableCase, rule: string) =>
  new CaseInvalid({ file: found.file, rule, remedy: "restore the file from its source" })

/** Where a manifest says what error is allowed, and where it says what was measured. */
export interface BarSource {
  /** Path of the suggested bar. */
  readonly bar: readonly string[]
  /** Path of the measured f32-against-f64 error: 20 times it, at least 2e-6, stands in where no bar is suggested. */
  readonly measured?: readonly string[]
}

/** One allowed error. Errors: `CaseInvalid` where the manifest names none, or one that would allow anything. */
export const allowedError = (found: ReadableCase, { bar, measured }: BarSource): Effect.Effect<number, CaseInvalid> => {
  const suggested = at(found.document, bar)
  const error = measured === undefined ? undefined : at(found.document, measured)
  const allowed = isNumber(suggested) ? suggested : isNumber(error) ? Math.max(slack * error, floor) : undefined
  if (allowed === undefined) return Effect.fail(invalid(found, `names no allowed error in "${bar.join(".")}"`))
  return allowed > 0 && allowed <= largestBar
    ? Effect.succeed(allowed)
    : Effect.fail(invalid(found, `"${bar.join(".")}" is ${allowed}: must be above 0 and at most ${largestBar}`))
}

/** Both allowed errors of a group that the manifest describes under `tolerance` and `measured`. */
export const barOf = (found: ReadableCase, tolerance: string, measured: string): Effect.Effect<Bar, CaseInvalid> =>
  Effect.gen(function* () {
    const l2 = yield* allowedError(found, { bar: [tolerance, "rel_l2"], measured: [measured, "worst_rel_l2"] })
    const hasMax =
      Predicate.isNotUndefined(at(found.document, [tolerance, "rel_max"])) ||
      Predicate.isNotUndefined(at(found.document, [measured, "worst_rel_max"]))
    if (!hasMax) return { l2 }
    const max = yield* allowedError(found, { bar: [tolerance, "rel_max"], measured: [measured, "worst_rel_max"] })
    return { l2, max }
  })
