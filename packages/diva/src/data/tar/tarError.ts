import { Data } from "effect"
import type { FileError } from "@diva/models"

/** A tar file that ends before its content does. `offset`: the byte at which what is cut off begins. */
export class TarTruncated extends Data.TaggedError("TarTruncated")<{
  readonly file: string
  readonly offset: number
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.file} at byte ${this.offset}: ${this.rule}`
  }
}

/** A tar file whose bytes at `offset` are not what the format demands. */
export class TarCorrupt extends Data.TaggedError("TarCorrupt")<{
  readonly file: string
  readonly offset: number
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.file} at byte ${this.offset}: ${this.rule}`
  }
}

/** Everything that can be wrong with a tar file. */
export type TarError = TarTruncated | TarCorrupt | FileError

export const truncated = (file: string, offset: number, rule: string): TarTruncated =>
  new TarTruncated({
    file,
    offset,
    rule,
    remedy: "fetch or write this file again, or take the whole samples before that byte with --truncated keepWhole",
  })

export const corrupt = (file: string, offset: number, rule: string): TarCorrupt =>
  new TarCorrupt({
    file,
    offset,
    rule,
    remedy:
      offset === 0
        ? "check that it is a tar file, or a gzipped one"
        : "fetch or write this file again, or take all samples that are whole with --truncated keepWhole",
  })
