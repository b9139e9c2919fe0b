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

/** At least one case lies outside its allowed error, or could not be read. */
export class VerificationFailed extends Data.TaggedError("VerificationFailed")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {}

/** Not one case could be checked: silence would look like success. */
export class NothingVerified extends Data.TaggedError("NothingVerified")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {}
