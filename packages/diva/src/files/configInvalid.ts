import { Data } from "effect"

/** A configuration file or a flag that does not describe a possible run. `field` names the setting. */
export class ConfigInvalid extends Data.TaggedError("ConfigInvalid")<{
  readonly file?: string
  readonly field: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}
