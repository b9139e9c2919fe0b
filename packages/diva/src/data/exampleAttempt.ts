import { hostPart } from "@diva/tensor/random"
import { Effect, Option } from "effect"
import { dataKey } from "./dataKey.ts"
import { advance, type DataPosition, type EpochOrder, type SampleRef, shardStarts } from "./dataOrder.ts"
import type { DecodePool } from "./decode/index.ts"
import { type Cropping, type Example, makeExample } from "./example.ts"
import type { KeptExamples } from "./keptExamples.ts"
import type { BadSample } from "./sample.ts"
import type { SampleSource } from "./sampleSource.ts"
import type { ShardsManifest } from "./shardsManifest.ts"
import type { TarError } from "./tar/tarError.ts"

/** What examples are made of and with. */
export interface ExampleMaker {
  readonly source: SampleSource
  readonly manifest: ShardsManifest
  readonly count: number
  readonly order: (epoch: number) => EpochOrder
  readonly pool: DecodePool
  readonly kept: KeptExamples
}

/** A sample, by its place among all, that cannot be used. */
export interface Unusable {
  readonly sample: number
  readonly error: BadSample
}

/** The search for a position's example: what was found, what was passed over, and how many samples were looked at. */
export interface Attempt {
  readonly example: Option.Option<Example>
  readonly unusable: readonly Unusable[]
  readonly looked: number
}

/** After this many unusable samples in a row a search rests, so that whoever counts them can end the run. */
const restAfter = 32

/** Draws of a crop follow from seed, epoch and position alone. */
const croppingAt = ({ seed, size, crop }: ShardsManifest, { epoch, position }: DataPosition): Cropping => ({
  size,
  ranges: crop,
  key: hostPart(hostPart(hostPart(dataKey(seed), epoch), position), 1),
})

/**
 * Searches for the example of a position, `skip` samples further in its epoch's order. The outcome depends on nothing but
 * position and data: searches may run side by side. Damage that was found once is remembered, to save reading it again.
 */
export const searchExample = (maker: ExampleMaker) => {
  const { source, manifest, count, order, pool, kept } = maker
  const starts = shardStarts(source.shards.map(({ samples }) => samples))
  const known = new Map<number, BadSample>()
  const make = (ref: SampleRef, cropping: Cropping) =>
    Effect.flatMap(source.read(ref), (sample) => makeExample(manifest.shards[ref.shard]!.file, sample, cropping, pool))
  const tryOne = (ref: SampleRef, sample: number, cropping: Cropping): Effect.Effect<Example, BadSample | TarError> => {
    const [example, damage] = [kept.get(sample), known.get(sample)]
    if (example !== undefined) return Effect.succeed(example)
    return damage === undefined
      ? Effect.tap(make(ref, cropping), (made) => Effect.sync(() => kept.keep(sample, made)))
      : Effect.fail(damage)
  }
  return Effect.fnUntraced(function* (where: DataPosition, skip = 0): Effect.fn.Return<Attempt, TarError> {
    const at = advance(where, 0, count)
    const epoch = order(at.epoch)
    const cropping = croppingAt(manifest, at)
    const unusable: Unusable[] = []
    for (let step = skip; step < Math.min(count, skip + restAfter); step++) {
      const ref = epoch.at((at.position + step) % count)
      const sample = (starts[ref.shard] as number) + ref.sample
      const outcome = yield* Effect.result(tryOne(ref, sample, cropping))
      if (outcome._tag === "Success")
        return { example: Option.some(outcome.success), unusable, looked: step + 1 - skip }
      if (outcome.failure._tag !== "BadSample") return yield* Effect.fail(outcome.failure)
      known.set(sample, outcome.failure)
      unusable.push({ sample, error: outcome.failure })
    }
    return { example: Option.none(), unusable, looked: unusable.length }
  })
}
