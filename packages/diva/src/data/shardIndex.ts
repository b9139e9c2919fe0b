import type { ByteSource } from "@diva/models"
import { Effect, type Result, Stream } from "effect"
import { endsInPicture, isPicture } from "./pictures.ts"
import { splitMemberName } from "./sample.ts"
import { scattered, type SamplesScattered } from "./scattered.ts"
import { findHeader } from "./tar/findHeader.ts"
import { openTar, tarEntries } from "./tar/readTar.ts"
import type { TarEntry } from "./tar/tarEntry.ts"
import type { TarCorrupt, TarError, TarTruncated } from "./tar/tarError.ts"

/** Where the samples of one tar file lie: sample i is bytes starts[i] … ends[i]. Sixteen bytes per sample. */
export interface ShardIndex {
  readonly file: string
  readonly bytes: number
  readonly samples: number
  readonly starts: Float64Array
  readonly ends: Float64Array
  /** Samples with a picture. */
  readonly pictures: number
  /** A member of some sample that is not a picture. */
  readonly stranger: string | undefined
  /** Whether the marker that ends a tar file is there: one without may have been cut between two members. */
  readonly isClosed: boolean
  /** Damage that was passed over. */
  readonly damage: readonly string[]
}

/** What to do with a shard that is damaged or cut off: refuse it, or use the samples that are whole, wherever they lie. */
export type WhenTruncated = "fail" | "keepWhole"

interface Growing {
  readonly starts: number[]
  readonly ends: number[]
  /** Extensions of every key so far: one that comes back with others lies scattered. */
  readonly extensions: Map<string, string[]>
  readonly damage: string[]
  key: string | undefined
  /** The member read last. */
  last: TarEntry | undefined
  /** Whether the current sample has a picture. */
  hasPicture: boolean
  pictures: number
  /** A member that belongs to a sample and is not a picture, the first whose name looks like one's before others. */
  stranger: string | undefined
  looksLikePicture: boolean
  scattered: SamplesScattered | undefined
}

const begin = (growing: Growing, file: string, key: string, extension: string, start: number): void => {
  const before = growing.extensions.get(key)
  if (before !== undefined && !before.includes(extension))
    growing.scattered ??= scattered(file, key, before[0]!, extension)
  growing.starts.push(start)
  growing.ends.push(start)
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
const addEntry = (growing: Growing, file: string, entry: TarEntry): void => {
  const { kind, name, start, end } = entry
  const member = kind === "file" ? splitMemberName(name) : undefined
  if (member !== undefined && member.key !== growing.key) begin(growing, file, member.key, member.extension, start)
  growing.last = entry
  if (growing.ends.length > 0) growing.ends[growing.ends.length - 1] = end
  if (member === undefined) return
  const { key, extension } = member
  growing.extensions.get(key)!.push(extension)
  if (!isPicture(extension)) noteStranger(growing, name, endsInPicture(extension))
  else if (!growing.hasPicture) {
    growing.hasPicture = true
    growing.pictures++
  }
}

const nothingYet = (): Growing => ({
  starts: [],
  ends: [],
  extensions: new Map(),
  damage: [],
  key: undefined,
  last: undefined,
  hasPicture: false,
  pictures: 0,
  stranger: undefined,
  looksLikePicture: false,
  scattered: undefined,
})

/** Members from `from` on, up to the end marker. */
const addFrom = (source: ByteSource, growing: Growing, from: number): Effect.Effect<void, TarError> =>
  Stream.runForEachArray(tarEntries(source, from), (entries) =>
    Effect.sync(() => entries.forEach((entry) => addEntry(growing, source.file, entry))),
  )

/**
 * The byte to read on from after damage. What damaged the last member may have moved the header after it into its content: the
 * search begins there, and the sample that was open ends where the next header is found.
 */
const afterDamage = Effect.fnUntraced(function* (
  source: ByteSource,
  { last, ends }: Growing,
  offset: number,
  from: number,
) {
  // A header that was just tried in vain is not tried again.
  const isFresh = last !== undefined && last.end >= offset && offset !== from
  const found = yield* findHeader(source, isFresh ? last.data : offset + 1)
  const next = found === offset ? yield* findHeader(source, offset + 1) : found
  if (next !== undefined && ends.length > 0) ends[ends.length - 1] = Math.min(next, ends.at(-1)!)
  return next
})

const passedOver = ({ offset, rule }: TarTruncated | TarCorrupt, next: number | undefined): string =>
  next === undefined
    ? `nothing can be read beyond byte ${offset}: ${rule}`
    : `damaged at byte ${offset} (${rule}); continued at byte ${next}`

/** All members, those after damage or after an end marker in the middle (joined files) included. */
const addAll = Effect.fnUntraced(function* (source: ByteSource, growing: Growing, when: WhenTruncated) {
  for (let from: number | undefined = 0; from !== undefined;) {
    const outcome: Result.Result<void, TarError> = yield* Effect.result(addFrom(source, growing, from))
    if (outcome._tag === "Success") {
      const end: number = growing.last?.end ?? from
      from = yield* findHeader(source, end)
      if (from !== undefined) growing.damage.push(`there is an end marker at byte ${end}; continued at byte ${from}`)
      continue
    }
    const error = outcome.failure
    const isDamage = error._tag === "TarCorrupt" || error._tag === "TarTruncated"
    if (!isDamage || when === "fail") return yield* Effect.fail(error)
    from = yield* afterDamage(source, growing, error.offset, from)
    growing.damage.push(passedOver(error, from))
  }
})

/**
 * Finds the samples of a webdataset tar file in one pass over its headers: consecutive files with one key are a sample.
 * Errors: `TarTruncated`, `TarCorrupt` (unless `keepWhole`), `SamplesScattered`, `FileUnreadable`.
 */
export const indexShard = (
  file: string,
  when: WhenTruncated = "fail",
): Effect.Effect<ShardIndex, TarError | SamplesScattered> =>
  Effect.scoped(
    Effect.gen(function* () {
      const source = yield* openTar(file)
      const growing = nothingYet()
      yield* addAll(source, growing, when)
      // Damage tears samples apart: what is left of one is no sign of how the shard was written.
      if (growing.scattered !== undefined && growing.damage.length === 0) return yield* growing.scattered
      const { starts, ends, pictures, stranger, damage, last } = growing
      return {
        file,
        bytes: source.size,
        samples: starts.length,
        starts: Float64Array.from(starts),
        ends: Float64Array.from(ends),
        pictures,
        stranger,
        isClosed: (last?.end ?? 0) < source.size,
        damage,
      }
    }),
  )
