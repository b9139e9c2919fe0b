import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { fromEither, fromTaskEither } from "../fromEither.ts"
import { BadSample, type Sample, splitMemberName } from "./sample.ts"
import type { ShardIndex } from "./shardIndex.ts"
import { openTar } from "./tar/readTar.ts"
import { nextTarEntry, type TarEntry, type TarWindow } from "./tar/tarEntry.ts"
import { corrupt, type TarError } from "./tar/tarError.ts"

/** A picture with its caption has some hundred kilobytes; a sample beyond this is not one. */
const maxSampleBytes = 256 * 2 ** 20

interface Member {
  readonly key: string
  readonly end: number
}

/** Adds the content of a file member to `fields`; other members are passed over. */
const addEntry = (
  window: TarWindow,
  fields: Map<string, Uint8Array>,
  { kind, name, data, size, end }: TarEntry,
): Either<BadSample, Member> => {
  const split = kind === "file" ? splitMemberName(name) : undefined
  if (split === undefined) return E.right({ key: "", end })
  const { key, extension } = split
  if (fields.has(extension))
    return E.left(new BadSample({ shard: window.file, key, rule: `it has two members .${extension}` }))
  fields.set(extension, window.bytes.subarray(data - window.offset, data - window.offset + size))
  return E.right({ key, end })
}

const addMember = (
  window: TarWindow,
  fields: Map<string, Uint8Array>,
  at: number,
): Either<TarError | BadSample, Member> => {
  const step = nextTarEntry(window, at)
  if (E.isLeft(step)) return step
  return step.right._tag === "Entry"
    ? addEntry(window, fields, step.right.entry)
    : E.left(corrupt(window.file, at, "a member that was there when the shard was opened is gone"))
}

/** All members inside a window that begins and ends with a sample. */
const sampleIn = (window: TarWindow): Either<TarError | BadSample, Sample> => {
  const fields = new Map<string, Uint8Array>()
  let key = ""
  for (let at = window.offset; at < window.fileBytes;) {
    const member = addMember(window, fields, at)
    if (E.isLeft(member)) return member
    key = key === "" ? member.right.key : key
    at = member.right.end
  }
  return E.right({ key, fields })
}

/**
 * Reads one sample of an indexed shard, with a single read of its bytes.
 * Errors: `BadSample` (a member twice, or unreasonably large), `TarCorrupt` or `FileUnreadable` when the file changed.
 */
export const readSample = (
  { file, offsets }: ShardIndex,
  sample: number,
): Effect.Effect<Sample, TarError | BadSample> => {
  const offset = offsets[sample] as number
  const end = offsets[sample + 1] as number
  if (end - offset > maxSampleBytes)
    return Effect.fail(new BadSample({ shard: file, key: `at byte ${offset}`, rule: `it has ${end - offset} bytes` }))
  return Effect.scoped(
    Effect.gen(function* () {
      const source = yield* openTar(file)
      const bytes = yield* fromTaskEither(source.read(offset, end - offset))
      return yield* fromEither(sampleIn({ file, fileBytes: end, offset, bytes }))
    }),
  )
}
