import { createHash } from "node:crypto"
import { agreeing, counted } from "@diva/tensor"
import type { FileError } from "@diva/models"
import { Effect } from "effect"
import { keepingStorage } from "../files/storage.ts"
import { dataHash, type DataIdentity } from "./dataHash.ts"
import type { SampleRef } from "./dataOrder.ts"
import { type DataPlace, findData } from "./find/findData.ts"
import { listPictures, readPicture } from "./pictureFolder.ts"
import { pictureIn } from "./pictures.ts"
import { readSample } from "./readSample.ts"
import type { BadSample, Sample } from "./sample.ts"
import { indexShard, type ShardIndex, type WhenTruncated } from "./shardIndex.ts"
import type { TarError } from "./tar/tarError.ts"
import type { ShardSummary } from "./shardSummary.ts"
import { isGzip, unpackTar } from "./unpackTar.ts"
import { doing } from "../doing.ts"

/** Samples that can be read in any order. */
export interface SampleSource {
  /** What kind of source it is, for manifests. */
  readonly title: string
  readonly shards: readonly ShardSummary[]
  /** What is odd about the shards, though they can be read. */
  readonly warnings: readonly string[]
  /** Samples with a picture, and a member that is not one: what to say where there are no pictures. */
  readonly pictures: number
  readonly stranger?: string | undefined
  readonly read: (ref: SampleRef) => Effect.Effect<Sample, TarError | BadSample>
  /** Hash of the content, wherever it lies. Errors: `FileUnreadable`. */
  readonly identity: Effect.Effect<DataIdentity, FileError>
}

/** Headers are read from this many shards at once: the wait is for the disk. */
const indexedAtOnce = 4

/** One place of a source, opened. */
interface OpenPlace {
  readonly summary: ShardSummary
  readonly pictures: number
  readonly stranger: string | undefined
  readonly warnings: readonly string[]
  readonly read: (sample: number) => Effect.Effect<Sample, TarError | BadSample>
}

const warningsOf = (file: string, { samples, isClosed, damage }: ShardIndex): readonly string[] => [
  ...damage.map((what) => `${file}: ${what}`),
  ...(isClosed || damage.length > 0
    ? []
    : [
        `${file} lacks the marker that ends a tar file; ${counted(samples, "sample")} ${agreeing(samples, "is", "are")} read from it`,
      ]),
]

const openIndexed = Effect.fnUntraced(function* (file: string, unpacked: string, when: WhenTruncated) {
  const index = yield* indexShard(unpacked, when)
  const { bytes, samples, pictures, stranger } = index
  const place: OpenPlace = {
    summary: { file, bytes, samples },
    pictures,
    stranger,
    warnings: warningsOf(file, index),
    read: (sample) => readSample(index, sample),
  }
  return place
})

const openCompressed = Effect.fnUntraced(function* (file: string, when: WhenTruncated) {
  const { file: unpacked, bytes, damage } = yield* unpackTar(file, when === "keepWhole")
  const place = yield* openIndexed(file, unpacked, when)
  const warnings = [...damage.map((what) => `${file}: ${what}`), ...place.warnings]
  return { ...place, summary: { ...place.summary, bytes }, warnings }
})

const openPictures = (folder: string) =>
  Effect.map(listPictures(folder), (found): OpenPlace => ({
    summary: { file: folder, bytes: found.bytes, samples: found.pictures.length },
    pictures: found.pictures.length,
    stranger: undefined,
    warnings: [],
    read: (sample) => readPicture(found, sample),
  }))

const openPlace = Effect.fnUntraced(function* ({ kind, path }: DataPlace, when: WhenTruncated) {
  if (kind === "pictures") return yield* openPictures(path)
  return (yield* isGzip(path)) ? yield* openCompressed(path, when) : yield* openIndexed(path, path, when)
})

const kinds = { tar: "tar shards", pictures: "pictures in folders" } as const

const titleOf = (places: readonly DataPlace[]): string =>
  [...new Set(places.map(({ kind }) => kinds[kind]))].join(" and ")

const withoutPicture = (samples: number, pictures: number): readonly string[] =>
  pictures === samples
    ? []
    : [
        `${samples - pictures} of ${counted(samples, "sample")} ${agreeing(samples - pictures, "has", "have")} no picture and will be skipped`,
      ]

/**
 * The samples of webdataset tar files, compressed or not, and of folders of pictures; see `findData` for how they are named.
 * Errors: `ShardsNotFound`, `TarTruncated`, `TarCorrupt`, `SamplesScattered`, `FileUnreadable`.
 */
export const openSource = Effect.fnUntraced(function* (sources: string | readonly string[], when: WhenTruncated) {
  const keeping = yield* keepingStorage
  const found = yield* findData(sources)
  const places = yield* Effect.forEach(
    found,
    (place, i) => Effect.andThen(doing("listing the samples of shards", i, found.length), openPlace(place, when)),
    { concurrency: indexedAtOnce },
  )
  const samples = places.reduce((sum, { summary }) => sum + summary.samples, 0)
  const pictures = places.reduce((sum, place) => sum + place.pictures, 0)
  const source: SampleSource = {
    title: titleOf(found),
    shards: places.map(({ summary }) => summary),
    warnings: [...places.flatMap(({ warnings }) => warnings), ...withoutPicture(samples, pictures)],
    pictures,
    stranger: places.find(({ stranger }) => stranger !== undefined)?.stranger,
    read: ({ shard, sample }) => keeping(places[shard]!.read(sample)),
    identity: keeping(dataHash(places.map(({ summary }) => summary))),
  }
  return source
})

const sampleBytes = ({ fields }: Sample): number =>
  [...fields.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)

const samplesHash = (samples: readonly Sample[]): string => {
  const hash = createHash("sha256")
  for (const { key, fields } of samples)
    for (const [extension, bytes] of fields)
      hash.update(`${JSON.stringify([key, extension, bytes.byteLength])}\n`).update(bytes)
  return hash.digest("hex")
}

/** Samples in memory, as one shard. */
export const memorySource = (samples: readonly Sample[]): SampleSource => {
  const shards = [
    {
      file: "memory",
      bytes: samples.reduce((sum, sample) => sum + sampleBytes(sample), 0),
      samples: samples.length,
      sha256: samplesHash(samples),
    },
  ]
  return {
    title: "samples in memory",
    shards,
    warnings: [],
    pictures: samples.filter((sample) => pictureIn(sample) !== undefined).length,
    read: ({ sample }) => Effect.succeed(samples[sample]!),
    identity: dataHash(shards),
  }
}
