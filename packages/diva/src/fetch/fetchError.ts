import { Data } from "effect"

/** Something could not be downloaded. `url`: what was asked last. */
export class FetchFailed extends Data.TaggedError("FetchFailed")<{
  readonly url: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.url}: ${this.rule}`
  }
}

/** What was downloaded is not what is published; it was removed. */
export class ChecksumMismatch extends Data.TaggedError("ChecksumMismatch")<{
  readonly file: string
  readonly url: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.file}: ${this.rule}`
  }
}
