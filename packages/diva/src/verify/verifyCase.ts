import { Cause, Clock, Effect, Exit } from "effect"
import type { Precision } from "@diva/tensor"
import type { Gpu } from "../gpu/gpu.ts"
import { CaseInvalid } from "./caseError.ts"
import type { Document, FoundCase } from "./findCases.ts"
import { kinds } from "./kinds/index.ts"
import type { Kind, ReadableCase } from "./kind.ts"
import { judgedAtMedium } from "./rounded.ts"
import { outcomeOf, type CaseResult, type Outcome } from "./outcome.ts"

const unknownKind = "unknown"

const isReadable = (found: FoundCase): found is ReadableCase => !(found.document instanceof CaseInvalid)

/** The kind of a case, told by its document. */
export const kindOf = (document: Document): Kind | undefined => kinds.find(({ accepts }) => accepts(document))

/** A document that says it is a case, of a kind nobody has told this version about, may come from a later one. */
const unrecognised = ({ file, document }: ReadableCase): Outcome =>
  typeof document["case"] === "string"
    ? { status: "not yet supported", reason: "this version knows no kind of case with such a description" }
    : failed(
        new CaseInvalid({
          file,
          rule: 'describes no case: it has neither "case" nor a known configuration',
          remedy: "restore the file from its source, or remove the folder",
        }),
      )

const failed = (error: unknown): Outcome => ({ status: "error", error })

const compute = (found: ReadableCase, kind: Kind, precision: Precision): Effect.Effect<Outcome, never, Gpu> => {
  if (!("run" in kind)) return Effect.succeed({ status: "not yet supported", reason: kind.reason })
  return Effect.exit(kind.run(found)).pipe(
    Effect.flatMap((exit): Effect.Effect<Outcome> => {
      const isRounded = precision === "medium" && kind.multiplies === true
      if (Exit.isSuccess(exit)) return Effect.succeed(outcomeOf(isRounded ? judgedAtMedium(exit.value) : exit.value))
      return Cause.hasInterrupts(exit.cause) ? Effect.interrupt : Effect.succeed(failed(Cause.squash(exit.cause)))
    }),
  )
}

/** Computes one case, on a machine of some precision. Whatever is wrong with it becomes its outcome, so that the others are still computed. */
export const verifyCase = Effect.fn("verifyCase")(function* (found: FoundCase, precision: Precision = "highest") {
  const begin = yield* Clock.currentTimeMillis
  const kind = isReadable(found) ? kindOf(found.document) : undefined
  const outcome = !isReadable(found)
    ? failed(found.document)
    : kind === undefined
      ? unrecognised(found)
      : yield* compute(found, kind, precision)
  const seconds = ((yield* Clock.currentTimeMillis) - begin) / 1000
  const result: CaseResult = { name: found.name, kind: kind?.name ?? unknownKind, seconds, outcome }
  return result
})
