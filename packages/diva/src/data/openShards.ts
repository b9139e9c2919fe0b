import { divaCropRanges } from "@diva/models"
import { counted } from "@diva/tensor"
import { Effect, Option, Stream } from "effect"
import type { Batch, BatchesRequest } from "./batch.ts"
import { advance, type DataPosition, type EpochOrder } from "./dataOrder.ts"
import { openDecodePool } from "./decode/index.ts"
import type { Example } from "./example.ts"
import { type Attempt, searchExample } from "./exampleAttempt.ts"
import { keptExamples } from "./keptExamples.ts"
import { noPictures } from "./pictures.ts"
import type { BadSample } from "./sample.ts"
import { sampleOrder } from "./sampleOrder.ts"
import type { SampleSource } from "./sampleSource.ts"
import { shardOrder } from "./shardOrder.ts"
import { ShardsEmpty, type ShardsError } from "./shardsError.ts"
import type { ShardsManifest } from "./shardsManifest.ts"
import type { ShardsOptions } from "./shardsOptions.ts"
import type { ShuffleBuffer } from "./shuffleBuffer.ts"
import { makeTally, type SkipTally } from "./skipTally.ts"

const orders = { samples: sampleOrder, shards: shardOrder } as const

/** The order that options ask for, under its name. */
const orderOf = ({ order = "samples" }: ShardsOptions): ShuffleBuffer =>
  typeof order === "string" ? { title: order, order: orders[order] } : order

const defaultBadRate = 0.01
const badSlack = 8

/** Orders are pure but cost time to draw: the two epochs that prefetching can be between are kept. */
const keepRecent = (orderOf: (epoch: number) => EpochOrder): ((epoch: number) => EpochOrder) => {
  const recent = new Map<number, EpochOrder>()
  return (epoch) => {
    const order = recent.get(epoch) ?? orderOf(epoch)
    recent.set(epoch, order)
    for (const old of recent.keys()) if (recent.size > 2 && old !== epoch) recent.delete(old)
    return order
  }
}

type Search = ReturnType<typeof searchExample>

/** An example with the samples that were found unusable on the way to it, each the first time only. */
interface Found {
  readonly example: Example
  readonly skipped: readonly BadSample[]
}

interface Searching {
  readonly search: Search
  readonly tally: SkipTally
  readonly count: number
}

/** Counts what a search passed over, and continues it where it rested. Called in the order of positions. */
const settle = ({ search, tally, count }: Searching) =>
  Effect.fnUntraced(function* (at: DataPosition, first: Attempt): Effect.fn.Return<Found, ShardsError> {
    const skipped: BadSample[] = []
    let attempt = first
    for (let looked = first.looked; ; looked += attempt.looked) {
      skipped.push(...(yield* tally.note(attempt.unusable, Option.isSome(attempt.example))))
      if (Option.isSome(attempt.example)) return { example: attempt.example.value, skipped }
      if (looked >= count) return yield* tally.noneLeft
      attempt = yield* search(at, looked)
    }
  })

const stack = (found: readonly Found[], from: DataPosition, next: DataPosition): Batch => {
  const examples = found.map(({ example }) => example)
  const images = new Uint8Array(examples.reduce((sum, { image }) => sum + image.byteLength, 0))
  let at = 0
  for (const { image } of examples) {
    images.set(image, at)
    at += image.byteLength
  }
  return {
    images,
    keys: examples.map(({ key }) => key),
    captions: examples.map(({ caption }) => caption),
    skipped: found.flatMap(({ skipped }) => skipped),
    from,
    next,
  }
}

/** Memory that pictures in the making may take beyond two for each thread. */
const makingBytes = 2 ** 24

/** More pictures than this at once wait for nothing any more. */
const mostAtOnce = 128

/**
 * Pictures to make at once. A picture takes several turns of the event loop, and where each turn also asks a GPU how far it is, small pictures
 * would come one by one at the speed of those turns.
 */
const picturesAtOnce = (threads: number, size: number): number =>
  Math.max(threads, Math.min(mostAtOnce, Math.floor(makingBytes / (3 * size * size))))

/** Pictures are made side by side across batches, but counted and handed on in the order of positions. */
const batchesOf =
  (searching: Searching, atOnce: number) =>
  ({ from, batchSize, prefetch = 2, concurrency = atOnce }: BatchesRequest): Stream.Stream<Batch, ShardsError> => {
    const { search, count } = searching
    const settled = settle(searching)
    const first = advance(from, 0, count)
    const found = Stream.iterate(first, (at) => advance(at, 1, count)).pipe(
      Stream.rechunk(1),
      Stream.mapEffect((at) => Effect.map(search(at), (attempt) => ({ at, attempt })), { concurrency }),
      Stream.mapEffect(({ at, attempt }) => Effect.map(settled(at, attempt), (one) => ({ at, one }))),
    )
    return Stream.grouped(found, batchSize).pipe(
      Stream.map((items) =>
        stack(
          items.map(({ one }) => one),
          items[0].at,
          advance(items[0].at, batchSize, count),
        ),
      ),
      Stream.buffer({ capacity: prefetch }),
    )
  }

const manifestOf = (source: SampleSource, options: ShardsOptions): ShardsManifest => ({
  source: options.source ?? source.title,
  seed: options.seed ?? 42,
  size: options.size ?? 512,
  order: orderOf(options).title,
  crop: options.crop ?? divaCropRanges,
  shards: source.shards,
})

const withoutPictures = ({ shards, stranger = "" }: SampleSource): ShardsEmpty =>
  new ShardsEmpty({ files: shards.map(({ file }) => file), ...noPictures(stranger) })

const empty = ({ shards }: SampleSource): ShardsEmpty =>
  new ShardsEmpty({
    files: shards.map(({ file }) => file),
    rule: `${counted(shards.length, "shard")} without a sample: no member is named like 000001.jpg`,
    remedy: "check that these are webdataset tar files",
  })

/** Makes the service of a source of samples; its threads end with the scope. Errors: `ShardsEmpty`. */
export const openShards = Effect.fnUntraced(function* (source: SampleSource, options: ShardsOptions) {
  const manifest = manifestOf(source, options)
  const counts = source.shards.map(({ samples }) => samples)
  const count = counts.reduce((sum, samples) => sum + samples, 0)
  if (count === 0) return yield* empty(source)
  if (source.pictures === 0 && source.stranger !== undefined) return yield* withoutPictures(source)
  const tally = yield* makeTally({ rate: options.maxBadRate ?? defaultBadRate, slack: badSlack })
  const ordered = orderOf(options)
  const order = keepRecent((epoch) => ordered.order(counts, manifest.seed, epoch))
  const pool = yield* openDecodePool(options.workers)
  const kept = keptExamples(manifest, options.keep ?? 0)
  const search = searchExample({ source, manifest, count, order, pool, kept })
  const searching: Searching = { search, tally, count }
  const settled = settle(searching)
  return {
    count,
    manifest,
    warnings: source.warnings,
    identity: source.identity,
    example: Effect.fn("Shards.example")(function* (at: DataPosition) {
      const { example } = yield* settled(at, yield* search(at))
      return example
    }),
    batches: batchesOf(searching, picturesAtOnce(pool.concurrency, manifest.size)),
    skipped: tally.report,
  }
})
