import { divaCropRanges } from "@diva/models"
import { Effect, Option, Stream } from "effect"
import { advance, type DataPosition, type EpochOrder, type SampleRef, shardStarts } from "./dataOrder.ts"
import { type Cropping, type Example, makeExample } from "./example.ts"
import { sampleOrder } from "./sampleOrder.ts"
import type { SampleSource } from "./sampleSource.ts"
import { shardOrder } from "./shardOrder.ts"
import type { Batch, BatchesRequest, Shards, ShardsManifest, ShardsOptions } from "./shards.ts"
import { ShardsEmpty } from "./shardsError.ts"
import { makeTally, type SkipTally } from "./skipTally.ts"
import { dataKey, partKey, uniformOf } from "./threefry.ts"

const orders = { samples: sampleOrder, shards: shardOrder } as const

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

interface Opened {
  readonly source: SampleSource
  readonly manifest: ShardsManifest
  readonly count: number
  readonly starts: readonly number[]
  readonly order: (epoch: number) => EpochOrder
  readonly tally: SkipTally
}

/** Draws of a crop follow from seed, epoch and position alone. */
const croppingAt = ({ seed, size, crop }: ShardsManifest, { epoch, position }: DataPosition): Cropping => {
  const key = partKey(partKey(partKey(dataKey(seed), epoch), position), 1)
  return { size, ranges: crop, uniforms: (draw) => uniformOf(key, draw) }
}

/** The example of one sample, or none if it is bad (now or from before). */
const tryExample = Effect.fnUntraced(function* (opened: Opened, ref: SampleRef, cropping: Cropping) {
  const { source, manifest, starts, tally } = opened
  const sample = (starts[ref.shard] as number) + ref.sample
  if (yield* tally.isBad(sample)) return Option.none<Example>()
  yield* tally.noteRead
  const shard = manifest.shards[ref.shard]!.file
  const example = Effect.flatMap(source.read(ref), (read) => makeExample(shard, read, cropping))
  return yield* Effect.map(example, Option.some).pipe(
    Effect.catchTag("BadSample", (error) => Effect.as(tally.noteBad(sample, error), Option.none<Example>())),
  )
})

const exampleAt = (opened: Opened) =>
  Effect.fn("Shards.example")(function* (where: DataPosition) {
    const at = advance(where, 0, opened.count)
    const order = opened.order(at.epoch)
    const cropping = croppingAt(opened.manifest, at)
    for (let step = 0; step < opened.count; step++) {
      const found = yield* tryExample(opened, order.at((at.position + step) % opened.count), cropping)
      if (Option.isSome(found)) return found.value
    }
    return yield* opened.tally.noneLeft
  })

const stack = (examples: readonly Example[], from: DataPosition, next: DataPosition): Batch => {
  const images = new Uint8Array(examples.reduce((sum, { image }) => sum + image.byteLength, 0))
  examples.forEach(({ image }, i) => images.set(image, i * image.byteLength))
  return { images, keys: examples.map(({ key }) => key), captions: examples.map(({ caption }) => caption), from, next }
}

const batchesOf =
  (count: number, example: Shards["Service"]["example"]): Shards["Service"]["batches"] =>
  ({ from, batchSize, prefetch = 2, concurrency = 2 }: BatchesRequest) => {
    const batchAt = (at: DataPosition) =>
      Effect.map(
        Effect.forEach(
          Array.from({ length: batchSize }, (_, i) => advance(at, i, count)),
          example,
          { concurrency },
        ),
        (examples) => stack(examples, at, advance(at, batchSize, count)),
      )
    return Stream.iterate(advance(from, 0, count), (at) => advance(at, batchSize, count)).pipe(
      Stream.mapEffect(batchAt),
      Stream.buffer({ capacity: prefetch }),
    )
  }

const manifestOf = (source: SampleSource, options: ShardsOptions): ShardsManifest => ({
  seed: options.seed ?? 42,
  size: options.size ?? 512,
  order: options.order ?? "samples",
  crop: options.crop ?? divaCropRanges,
  shards: source.shards,
})

const empty = ({ shards }: SampleSource): ShardsEmpty =>
  new ShardsEmpty({
    files: shards.map(({ file }) => file),
    rule: `the ${shards.length} shards hold no sample: no member named like 000001.jpg`,
    remedy: "check that these are webdataset tar files",
  })

/** Makes the service of a source of samples. Errors: `ShardsEmpty`. */
export const openShards = Effect.fnUntraced(function* (source: SampleSource, options: ShardsOptions) {
  const manifest = manifestOf(source, options)
  const counts = source.shards.map(({ samples }) => samples)
  const starts = shardStarts(counts)
  const count = starts.at(-1) as number
  if (count === 0) return yield* empty(source)
  const tally = yield* makeTally({ rate: options.maxBadRate ?? defaultBadRate, slack: badSlack })
  const order = keepRecent((epoch) => orders[manifest.order](counts, manifest.seed, epoch))
  const example = exampleAt({ source, manifest, count, starts, order, tally })
  const service: Shards["Service"] = {
    count,
    manifest,
    example,
    batches: batchesOf(count, example),
    skipped: tally.report,
  }
  return service
})
