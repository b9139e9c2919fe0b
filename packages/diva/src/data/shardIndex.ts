import { Effect, Stream } from "effect"
import { endsInPicture, isPicture } from "./pictures.ts"
import { splitMemberName } from "./sample.ts"
import { scattered, type SamplesScattered } from "./scattered.ts"
import { openTar, tarEntries } from "./tar/readTar.ts"
import type { TarEntry } from "./tar/tarEntry.ts"
import type { TarError, TarTruncated } from "./tar/tarError.ts"

/** Where the samples of one tar file lie: sample i is bytes offsets[i] … offsets[i + 1]. Eight bytes per sample. */
export interface ShardIndex {
  readonly file: string
  readonly bytes: number
  readonly samples: number
  readonly offsets: Float64Array
  /** Samples with a picture. */
  readonly pictures: number
  /** A member of some sample that is no picture. */
  readonly stranger: string | undefined
  /** Whether the marker that ends a tar file is there: one without may have been cut between two members. */
  readonly isClosed: boolean
}

/** What to do with a shard that is cut off: refuse it, or use the samples that are whole. */
export type WhenTruncated = "fail" | "keepWhole"

interface Growing {
  readonly offsets: number[]
  /** Extensions of every key so far: one that comes back with others lies scattered. */
  readonly extensions: Map<string, string[]>
  key: string | undefined
  end: number
  /** Whether the current sample has a picture. */
  hasPicture: boolean
  pictures: number
  /** A member that belongs to a sample and is no picture, the first whose name looks like one's before others. */
  stranger: string | undefined
  looksLikePicture: boolean
  scattered: SamplesScattered | undefined
}

const begin = (growing: Growing, file: string, key: string, extension: string, start: number): void => {
  const before = growing.extensions.get(key)
  if (before !== undefined && !before.includes(extension))
    growing.scattered ??= scattered(file, key, before[0]!, extension)
  growing.offsets.push(start)
  growing.key = key
  growing.hasPicture = false
  growing.extensions.set(key, [])
}

const noteStranger = (growing: Growing, name: string, looksLikePicture: boolean): void => {
  if (growing.stranger !== undefined && (growing.looksLikePicture || !looksLikePicture)) return
  growing.stranger = name
  growing.looksLikePicture = looksLikePicture
}

/** A file with a new key begins a sample; folders and names without extension belong to whatever they stand in. */
const addEntry = (growing: Growing, file: string, { kind, name, start, end }: TarEntry): void => {
  growing.end = end
  const member = kind === "file" ? splitMemberName(name) : undefined
  if (member === undefined) return
  const { key, extension } = member
  if (key !== growing.key) begin(growing, file, key, extension, start)
  growing.extensions.get(key)!.push(extension)
  if (!isPicture(extension)) noteStranger(growing, name, endsInPicture(extension))
  else if (!growing.hasPicture) {
    growing.hasPicture = true
    growing.pictures++
  }
}

const tolerated =
  (when: WhenTruncated) =>
  (error: TarTruncated): Effect.Effect<void, TarTruncated> =>
    when === "keepWhole" ? Effect.void : Effect.fail(error)

/**
 * Finds the samples of a webdataset tar file in one pass over its headers: consecutive files with one key are a sample.
 * Errors: `TarTruncated` (unless `keepWhole`), `TarCorrupt`, `SamplesScattered`, `FileUnreadable`.
 */
export const indexShard = (
  file: string,
  when: WhenTruncated = "fail",
): Effect.Effect<ShardIndex, TarError | SamplesScattered> =>
  Effect.scoped(
    Effect.gen(function* () {
      const source = yield* openTar(file)
      const growing: Growing = {
        offsets: [],
        extensions: new Map(),
        key: undefined,
        end: 0,
        hasPicture: false,
        pictures: 0,
        stranger: undefined,
        looksLikePicture: false,
        scattered: undefined,
      }
      const addAll = Stream.runForEachArray(tarEntries(source), (entries) =>
        Effect.sync(() => entries.forEach((entry) => addEntry(growing, file, entry))),
      )
      yield* addAll.pipe(Effect.catchTag("TarTruncated", tolerated(when)))
      if (growing.scattered !== undefined) return yield* growing.scattered
      const offsets = Float64Array.from([...growing.offsets, growing.end])
      const { pictures, stranger, end } = growing
      const isClosed = end < source.size
      return { file, bytes: source.size, samples: offsets.length - 1, offsets, pictures, stranger, isClosed }
    }),
  )
