import { createHash } from "node:crypto"
import type { RgbImage } from "@diva/models"
import { Clock, Effect, Stream } from "effect"
import { locate, type SampleRef, shardStarts } from "../dataOrder.ts"
import { type MadePicture, openDecodePool } from "../decode/index.ts"
import { noPicture, pictureIn } from "../pictures.ts"
import { BadSample, type Sample } from "../sample.ts"
import { openSource, type SampleSource } from "../sampleSource.ts"
import type { WhenTruncated } from "../shardIndex.ts"
import { makeSeen } from "./seen.ts"

export interface CheckData {
  readonly sources: string | readonly string[]
  /** What to do with damaged shards; "keepWhole": all their samples are looked at. */
  readonly truncated?: WhenTruncated
  /** Threads that decode. */
  readonly workers?: number
  /** Pictures of the contact sheet; 48, spread evenly over the data. */
  readonly examples?: number
  /** Edge of an example in pixels; 128. */
  readonly exampleSize?: number
  /** Called for every sample, in order. */
  readonly onSample?: (done: number, total: number) => Effect.Effect<void>
}

/** Smallest, median and largest. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** What data are, after everything was read once. */
export interface DataReport {
  readonly shards: number
  readonly samples: number
  readonly good: number
  readonly bad: readonly BadSample[]
  /** How often each reason was given, numbers in it replaced by N. */
  readonly reasons: Readonly<Record<string, number>>
  /** Samples whose picture has the bytes of an earlier one's. */
  readonly duplicates: number
  readonly withoutCaption: number
  readonly width: Spread
  readonly height: Spread
  /** Of pictures, and of all samples. */
  readonly pictureBytes: Spread
  readonly bytes: number
  readonly seconds: number
  readonly warnings: readonly string[]
  readonly examples: readonly RgbImage[]
}

/** A sample after it was read and decoded. */
interface Looked {
  readonly sample: Sample
  readonly picture: Uint8Array
  readonly made: MadePicture
}

type Outcome = { readonly _tag: "Good"; readonly looked: Looked } | { readonly _tag: "Bad"; readonly error: BadSample }

const bytesOf = ({ fields }: Sample): number =>
  [...fields.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)

const spread = (values: readonly number[]): Spread => {
  const sorted = Float64Array.from(values).toSorted()
  return { min: sorted[0] ?? 0, median: sorted[sorted.length >> 1] ?? 0, max: sorted.at(-1) ?? 0 }
}

const reasonOf = ({ rule }: BadSample): string => rule.replace(/\d+/g, "N")

const counted = (bad: readonly BadSample[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const error of bad) counts[reasonOf(error)] = (counts[reasonOf(error)] ?? 0) + 1
  return counts
}

const lookers = (source: SampleSource, pool: Effect.Success<ReturnType<typeof openDecodePool>>, size: number) => {
  const look = Effect.fnUntraced(function* (ref: SampleRef) {
    const { file } = source.shards[ref.shard]!
    const sample = yield* source.read(ref)
    const picture = pictureIn(sample)
    if (picture === undefined) return yield* noPicture(file, sample)
    const made = yield* Effect.mapError(
      pool.make(picture, sample.key, { _tag: "Thumbnail", size }),
      ({ rule }) => new BadSample({ shard: file, key: sample.key, rule }),
    )
    return { sample, picture, made }
  })
  return (ref: SampleRef) =>
    Effect.map(look(ref), (looked): Outcome => ({ _tag: "Good", looked })).pipe(
      Effect.catchTag("BadSample", (error) => Effect.succeed<Outcome>({ _tag: "Bad", error })),
    )
}

const gathering = (total: number, examples: number) => {
  const seen = makeSeen()
  const found = { bad: [] as BadSample[], duplicates: 0, withoutCaption: 0, bytes: 0, sheet: [] as RgbImage[] }
  const [widths, heights, sizes] = [[] as number[], [] as number[], [] as number[]]
  const every = Math.max(1, Math.floor(total / Math.max(1, examples)))
  const good = ({ sample, picture, made }: Looked, index: number): void => {
    widths.push(made.width)
    heights.push(made.height)
    sizes.push(picture.byteLength)
    found.bytes += bytesOf(sample)
    if (!seen.addHash(createHash("sha256").update(picture).digest("hex"))) found.duplicates++
    if (!sample.fields.has("txt") && !sample.fields.has("json")) found.withoutCaption++
    if (index % every === 0 && found.sheet.length < examples) found.sheet.push(made.image)
  }
  return {
    add: (outcome: Outcome, index: number): void => {
      if (outcome._tag === "Bad") found.bad.push(outcome.error)
      else good(outcome.looked, index)
    },
    report: () => ({
      good: widths.length,
      bad: found.bad,
      reasons: counted(found.bad),
      duplicates: found.duplicates,
      withoutCaption: found.withoutCaption,
      width: spread(widths),
      height: spread(heights),
      pictureBytes: spread(sizes),
      bytes: found.bytes,
      examples: found.sheet,
    }),
  }
}

/**
 * Reads all data once, in their order, and says what they are: samples, bad ones by reason, sizes, duplicates, throughput.
 * Memory grows by some dozens of bytes per sample. Errors: `ShardsNotFound`, tar errors (unless `keepWhole`), `FileUnreadable`.
 */
export const checkData = Effect.fn("checkData")(function* (job: CheckData) {
  const source = yield* openSource(job.sources, job.truncated ?? "keepWhole")
  const pool = yield* openDecodePool(job.workers)
  const starts = shardStarts(source.shards.map(({ samples }) => samples))
  const total = starts.at(-1)!
  const gathered = gathering(total, job.examples ?? 48)
  const look = lookers(source, pool, job.exampleSize ?? 128)
  const start = yield* Clock.currentTimeMillis
  if (total > 0)
    yield* Stream.range(0, total - 1).pipe(
      Stream.rechunk(1),
      Stream.mapEffect((index) => look(locate(starts, index)), { concurrency: pool.concurrency }),
      Stream.zipWithIndex,
      Stream.runForEach(([outcome, index]) =>
        Effect.andThen(
          Effect.sync(() => gathered.add(outcome, index)),
          job.onSample?.(index + 1, total) ?? Effect.void,
        ),
      ),
    )
  const report: DataReport = {
    shards: source.shards.length,
    samples: total,
    ...gathered.report(),
    seconds: ((yield* Clock.currentTimeMillis) - start) / 1000,
    warnings: source.warnings,
  }
  return report
}, Effect.scoped)
