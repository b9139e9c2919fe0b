import { Data } from "effect"

/** The members of a webdataset that share a key, by their lower-case extension: jpg, txt, json, … */
export interface Sample {
  readonly key: string
  readonly fields: ReadonlyMap<string, Uint8Array>
}

/** A sample that cannot be used. It is skipped and counted; `rule` says what did not hold. */
export class BadSample extends Data.TaggedError("BadSample")<{
  readonly shard: string
  readonly key: string
  readonly rule: string
}> {
  override get message(): string {
    return `${this.shard}: ${this.key}: ${this.rule}`
  }
}

/** A member's name, taken apart. */
export interface MemberName {
  readonly key: string
  readonly extension: string
}

/** What Windows leaves among pictures; what macOS leaves begins with a dot, or lies in `__MACOSX/`. */
const foreign = /(^|\/)(__MACOSX\/|(thumbs|ehthumbs)\.db$|desktop\.ini$)/i

/**
 * "a/b.c/0001.Seg.PNG" → key "a/b.c/0001", extension "seg.png": the key ends at the first dot after the last slash.
 * Undefined for names without a dot there or with nothing before it, and for what other systems leave among files.
 * Source: webdataset tariterators.py, `base_plus_ext`.
 */
export const splitMemberName = (name: string): MemberName | undefined => {
  const base = name.lastIndexOf("/") + 1
  const dot = name.indexOf(".", base)
  return dot > base && !foreign.test(name)
    ? { key: name.slice(0, dot), extension: name.slice(dot + 1).toLowerCase() }
    : undefined
}
