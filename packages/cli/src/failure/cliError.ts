import { Data } from "effect"

/** The command line asks for something that does not exist. `command` is the command path, "diva train". */
export class Usage extends Data.TaggedError("Usage")<{
  readonly command: string
  readonly rule: string
  readonly remedy: string
}> {}
