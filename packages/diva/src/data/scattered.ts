import { Data } from "effect"

/** Members of one sample that lie apart: a reader that goes through the file once would take them for several samples. */
export class SamplesScattered extends Data.TaggedError("SamplesScattered")<{
  readonly file: string
  readonly key: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.file}: ${this.rule}`
  }
}

export const scattered = (file: string, key: string, first: string, second: string): SamplesScattered =>
  new SamplesScattered({
    file,
    key,
    rule: `its members appear in two places, as .${first} and, after other samples, as .${second}; members of a sample must be adjacent`,
    remedy: "write the shard with its members in the order of their names: tar --sort=name -cf shard.tar folder",
  })
