import { Data } from "effect"

/** A case folder that cannot be used as it is. `file` is the file at fault. */
export class CaseInvalid extends Data.TaggedError("CaseInvalid")<{
  readonly file: string
  readonly rule: string
  readonly remedy: string
}> {}

/** A case named on the command line that the folder does not hold. */
export class UnknownCase extends Data.TaggedError("UnknownCase")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {}
