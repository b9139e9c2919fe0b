import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import type { WeightsError } from "../weightsError.ts"

/** Why a pickle is not interpreted, without the name of its file. */
export type PickleProblem =
  | { readonly _tag: "PickleInvalid"; readonly rule: string }
  | { readonly _tag: "PickleEnded"; readonly rule: string }
  | { readonly _tag: "GlobalRefused"; readonly rule: string; readonly global: string }
  | { readonly _tag: "DTypeUnknown"; readonly rule: string; readonly key: string; readonly dtype: string }

/** A problem on its way out of the machine's nested calls. */
interface PickleFault extends Error {
  readonly problem: PickleProblem
}

const isFault = (cause: unknown): cause is PickleFault => cause instanceof Error && "problem" in cause

const raise = (problem: PickleProblem): never => {
  throw Object.assign(new Error(problem.rule), { problem })
}

/** Gives the pickle up: it does not keep to the format. */
export const refuse = (rule: string): never => raise({ _tag: "PickleInvalid", rule })

/** Gives the pickle up: more bytes are needed. */
export const ended = (): never =>
  raise({ _tag: "PickleEnded", rule: "its pickle ends in the middle of an instruction" })

/** Gives the pickle up: it asks for code. */
export const refuseGlobal = (global: string): never =>
  raise({
    _tag: "GlobalRefused",
    global,
    rule: `its pickle asks to run ${global}, which no weights need; nothing in it was run`,
  })

/** Gives the pickle up: elements of a type this package does not read. */
export const refuseDType = (key: string, dtype: string): never =>
  raise({ _tag: "DTypeUnknown", key, dtype, rule: `its element type ${dtype} is not read by this package` })

/** Runs `interpret`, giving a problem raised inside as a left; defects stay defects. */
export const attemptPickle = <A>(interpret: () => A): Either<PickleProblem, A> => {
  try {
    return E.right(interpret())
  } catch (cause) {
    if (isFault(cause)) return E.left(cause.problem)
    throw cause
  }
}

const remedies: Readonly<Record<PickleProblem["_tag"], string>> = {
  PickleInvalid:
    "fetch the file again and compare its checksum with the source's; if it is intact, save its state dict alone",
  PickleEnded: "fetch the file again and compare its size with the source's: it is cut off",
  GlobalRefused:
    "do not load this file with anything that runs pickles unless you trust its source; if you do, save its state dict alone",
  DTypeUnknown: "convert the weights to f32, f16 or bf16 first",
}

/** The problem as an error of a file. */
export const weightsErrorOf = (file: string, problem: PickleProblem): WeightsError => {
  const where = { file, rule: problem.rule, remedy: remedies[problem._tag] }
  switch (problem._tag) {
    case "GlobalRefused":
      return { _tag: "GlobalRefused", global: problem.global, ...where }
    case "DTypeUnknown":
      return { _tag: "DTypeUnknown", key: problem.key, dtype: problem.dtype, ...where }
    default:
      return { _tag: "PickleInvalid", ...where }
  }
}
