import { Effect, Stream } from "effect"
import { splitMemberName } from "./sample.ts"
import { openTar, tarEntries } from "./tar/readTar.ts"
import type { TarEntry } from "./tar/tarEntry.ts"
import type { TarError, TarTruncated } from "./tar/tarError.ts"

/** Where the samples of one tar file lie: sample i is bytes offsets[i] … offsets[i + 1]. Eight bytes per sample. */
export interface ShardIndex {
  readonly file: string
  readonly bytes: number
  readonly samples: number
  readonly offsets: Float64Array
}

/** What to do with a shard that is cut off: refuse it, or use the samples that are whole. */
export type WhenTruncated = "fail" | "keepWhole"

interface Growing {
  readonly offsets: number[]
  key: string | undefined
  end: number
}

/** A file with a new key begins a sample; folders and names without extension belong to whatever they stand in. */
const addEntry = (growing: Growing, { kind, name, start, end }: TarEntry): void => {
  const key = kind === "file" ? splitMemberName(name)?.key : undefined
  if (key !== undefined && key !== growing.key) {
    growing.offsets.push(start)
    growing.key = key
  }
  growing.end = end
}

const tolerated =
  (when: WhenTruncated) =>
  (error: TarTruncated): Effect.Effect<void, TarTruncated> =>
    when === "keepWhole" ? Effect.void : Effect.fail(error)

/**
 * Finds the samples of a webdataset tar file in one pass over its headers: consecutive files with one key are a sample.
 * Errors: `TarTruncated` (unless `keepWhole`), `TarCorrupt`, `FileUnreadable`.
 */
export const indexShard = (file: string, when: WhenTruncated = "fail"): Effect.Effect<ShardIndex, TarError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const source = yield* openTar(file)
      const growing: Growing = { offsets: [], key: undefined, end: 0 }
      const addAll = Stream.runForEachArray(tarEntries(source), (entries) =>
        Effect.sync(() => entries.forEach((entry) => addEntry(growing, entry))),
      )
      yield* addAll.pipe(Effect.catchTag("TarTruncated", tolerated(when)))
      const offsets = Float64Array.from([...growing.offsets, growing.end])
      return { file, bytes: source.size, samples: offsets.length - 1, offsets }
    }),
  )
