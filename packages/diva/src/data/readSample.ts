import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { fromEither, fromTaskEither } from "../fromEither.ts"
import { BadSample, type Sample, splitMemberName } from "./sample.ts"
import type { ShardIndex } from "./shardIndex.ts"
import { openTar } from "./tar/readTar.ts"
import { nextTarEntry, type TarEntry, type TarWindow } from "./tar/tarEntry.ts"
import type { TarError } from "./tar/tarError.ts"

/** A picture with its caption has some hundred kilobytes; a sample beyond this is not one. */
const maxSampleBytes = 256 * 2 ** 20

/** A sample while its members are read. `rule`: what keeps it from being used. */
interface Reading {
  readonly fields: Map<string, Uint8Array>
  key: string
  rule: string | undefined
}

/** Adds the content of a file member; other members are passed over, the files that macOS puts beside each ("._a.jpg") too. */
const addEntry = (reading: Reading, window: TarWindow, { kind, name, data, size }: TarEntry): void => {
  const split = kind === "file" ? splitMemberName(name) : undefined
  if (split === undefined) return
  reading.key ||= split.key
  if (reading.fields.has(split.extension)) reading.rule = `it has two members .${split.extension}`
  reading.fields.set(split.extension, window.bytes.subarray(data - window.offset, data - window.offset + size))
}

/** All members inside a window that begins and ends with a sample. Where its last member is damaged, those before it. */
const readMembers = (window: TarWindow): Reading => {
  const reading: Reading = { fields: new Map(), key: "", rule: undefined }
  for (let at = window.offset; at < window.fileBytes;) {
    const step = nextTarEntry(window, at)
    if (E.isLeft(step) || step.right._tag !== "Entry") break
    addEntry(reading, window, step.right.entry)
    at = step.right.entry.end
  }
  return reading
}

const sampleIn = (window: TarWindow): Either<BadSample, Sample> => {
  const { fields, key, rule } = readMembers(window)
  const badOf = (why: string) =>
    E.left(new BadSample({ shard: window.file, key: key || `at byte ${window.offset}`, rule: why }))
  if (rule !== undefined) return badOf(rule)
  return fields.size === 0 ? badOf("none of its members can be read") : E.right({ key, fields })
}

/**
 * Reads one sample of an indexed shard, with a single read of its bytes.
 * Errors: `BadSample` (a member twice, damaged, or unreasonably large), `FileUnreadable` when the file changed.
 */
export const readSample = (
  { file, starts, ends }: ShardIndex,
  sample: number,
): Effect.Effect<Sample, TarError | BadSample> => {
  const offset = starts[sample] as number
  const end = ends[sample] as number
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
