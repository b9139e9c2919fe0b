import { readFileSync } from "node:fs"
import * as path from "node:path"
import { encodePng } from "@diva/models"
import { Effect, Layer, Stream } from "effect"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { growingBuffer, reservoir, type Sample, Shards, type ShardsOptions } from "../../src/data/index.ts"
import { type Draws, growingOrder, reservoirOrder } from "../../src/data/shuffleBuffer.ts"

interface StoredCase {
  readonly buffer: "datasets" | "webdataset"
  readonly count: number
  readonly size: number
  readonly initial?: number
  readonly order: readonly number[]
}

const stored = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "../golden/shuffle/shuffleBuffers.json"), "utf8"),
) as { readonly cases: readonly StoredCase[] }

/** The rule by which the script beside the stored orders draws. */
const draws: Draws = (n, bound) => (n * 7919 + n * n * 31 + 17) % bound

describe("the original's buffers", () => {
  test.each(stored.cases)("$buffer, $size of $count: the order is the library's own", (one) => {
    const order =
      one.buffer === "datasets"
        ? reservoirOrder(one.count, one.size, draws, draws)
        : growingOrder(one.count, one.size, one.initial!, draws)
    expect([...order]).toEqual(one.order)
  })

  test.each([
    ["reservoir", (size: number) => reservoir(size)],
    ["webdataset's", (size: number) => growingBuffer(size, Math.ceil(size / 3))],
  ] as const)("%s gives every sample once, none more than its size too early, shard by shard", (_name, buffer) => {
    const counts = fc.array(fc.nat(9), { minLength: 1, maxLength: 7 })
    const size = fc.integer({ min: 1, max: 20 })
    expect(() =>
      fc.assert(
        fc.property(counts, size, fc.nat(), fc.nat(5), (list, size, seed, epoch) => {
          const { count, at } = buffer(size).order(list, seed, epoch)
          const given = Array.from({ length: count }, (_, i) => at(i))
          const names = given.map(({ shard, sample }) => `${shard}/${sample}`).toSorted()
          expect(names).toEqual(list.flatMap((n, shard) => Array.from({ length: n }, (_, i) => `${shard}/${i}`)))
          // The k-th of a shard has k others of it before it in the stream.
          given.forEach(({ sample }, position) => expect(position).toBeGreaterThanOrEqual(sample - size))
        }),
      ),
    ).not.toThrow()
  })

  test("of another seed or epoch is another order, and a larger one mixes shards more", () => {
    const list = Array<number>(20).fill(50)
    const shardsOf = (size: number, seed = 1, epoch = 0) => {
      const { at, count } = reservoir(size).order(list, seed, epoch)
      return Array.from({ length: count }, (_, i) => at(i).shard)
    }
    expect(shardsOf(100)).toEqual(shardsOf(100))
    expect(shardsOf(100, 2)).not.toEqual(shardsOf(100))
    expect(shardsOf(100, 1, 1)).not.toEqual(shardsOf(100))
    const changes = (shards: readonly number[]): number => shards.filter((shard, i) => shard !== shards[i - 1]).length
    expect(changes(shardsOf(500))).toBeGreaterThan(changes(shardsOf(20)))
  })
})

describe("training through a buffer", () => {
  const picture = (i: number) =>
    encodePng({ width: 9, height: 8, data: Uint8Array.from({ length: 216 }, (_, at) => (at * (i + 3)) % 251) })
  /** Pictures alone: no captions are needed. One of them is no picture. */
  const samples = async (): Promise<readonly Sample[]> =>
    Promise.all(
      Array.from({ length: 23 }, async (_, i): Promise<Sample> => ({
        key: String(i),
        fields: new Map([["png", i === 5 ? new Uint8Array(20) : await picture(i)]]),
      })),
    )

  const batchesOf = async (options: ShardsOptions) => {
    const layer = Shards.layerMemory(await samples(), { size: 16, seed: 7, ...options })
    const run = Effect.gen(function* () {
      const shards = yield* Shards
      const batches = shards.batches({ from: { epoch: 0, position: 3 }, batchSize: 5 })
      return [shards.manifest.order, yield* Stream.runCollect(Stream.take(batches, 9))] as const
    })
    return Effect.runPromise(Effect.provide(run, Layer.fresh(layer)))
  }

  test.each([reservoir(6), growingBuffer(8, 2)])(
    "$title gives the same bytes for any number of workers",
    async (order) => {
      const [name, alone] = await batchesOf({ order, workers: 0 })
      expect(name).toBe(order.title)
      for (const workers of [1, 3]) expect((await batchesOf({ order, workers }))[1]).toEqual(alone)
      expect(alone.flatMap(({ skipped }) => skipped)).toHaveLength(1)
      expect(new Set(alone.flatMap(({ keys }) => keys)).size).toBe(22)
      expect((await batchesOf({ workers: 0 }))[1]).not.toEqual(alone)
    },
  )
})
