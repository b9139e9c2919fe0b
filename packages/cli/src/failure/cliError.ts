import { Data } from "effect"

/** The command line asks for something that does not exist. `command` is the command path, "diva train". */
export class Usage extends Data.TaggedError("Usage")<{
  readonly command: string
  readonly rule: string
  readonly remedy: string
}> {}

/** What is to be written is there already, and nobody said that it may be replaced. */
export class FileExists extends Data.TaggedError("FileExists")<{
  readonly file: string
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

/** Processes that ran a command side by side failed. */
export class JobsFailed extends Data.TaggedError("JobsFailed")<{
  readonly rule: string
  readonly remedy: string
}> {}
