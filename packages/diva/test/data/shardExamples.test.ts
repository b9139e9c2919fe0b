import * as path from "node:path"
import { readFile } from "node:fs/promises"
import { encodePng } from "@diva/models"
import { Effect, Stream } from "effect"
import { describe, expect, test } from "vitest"
import type { Shards } from "../../src/data/index.ts"
import {
  text,
  member,
  good,
  write,
  start,
  takeBatches,
  epochKeys,
  withTar,
  withMemory,
  fixture,
  picture,
  keyOf,
  useShardFixture,
} from "./shardFixture.ts"

useShardFixture()

describe("examples", () => {
  const tars = () => path.join(fixture.folder, "good/*.tar")

  test("an example is a square crop with its key and caption", async () => {
    const example = await withTar(tars(), (shards) => shards.example(start))
    expect(example.image).toHaveLength(3 * 16 * 16)
    expect(example.caption).toBe(`caption ${Number(example.key)}`)
  })

  test("an epoch has every sample of every shard once, in another order than the next epoch", async () => {
    const [first, second] = await withTar(tars(), (shards) => Effect.all([epochKeys(0)(shards), epochKeys(1)(shards)]))
    expect(first.toSorted()).toEqual(Array.from({ length: 9 }, (_, i) => keyOf(i)))
    expect(second.toSorted()).toEqual(first.toSorted())
    expect(second).not.toEqual(first)
  })

  test("shards can be read one at a time instead", async () => {
    const keys = await withTar(tars(), epochKeys(0), { order: "shards" })
    const shards = keys.map((key) => (Number(key) < 5 ? 0 : 1))
    expect(keys.toSorted()).toEqual(Array.from({ length: 9 }, (_, i) => keyOf(i)))
    expect(shards.filter((shard, i) => shard !== shards[i - 1])).toHaveLength(2)
  })

  test("crops differ between epochs and seeds and repeat for the same position", async () => {
    const one = [
      {
        key: "only",
        fields: new Map([
          ["png", await encodePng(picture(1))],
          ["txt", text("")],
        ]),
      },
    ]
    const imageAt = (epoch: number, seed: number) =>
      withMemory(one, (shards) => Effect.map(shards.example({ epoch, position: 0 }), ({ image }) => String(image)), {
        seed,
        size: 64,
      })
    expect(await imageAt(0, 1)).toBe(await imageAt(0, 1))
    expect(await imageAt(0, 1)).not.toBe(await imageAt(1, 1))
    expect(await imageAt(0, 1)).not.toBe(await imageAt(0, 2))
  })

  test.each(["jpg", "jpeg", "JPG", "png", "webp"])("pictures may be called .%s", async (extension) => {
    const file = await write("named.tar", [
      { name: `a.${extension}`, bytes: fixture.jpegs[0]! },
      { name: "a.json", bytes: text('{"caption":"from json"}') },
    ])
    expect(await withTar(file, (shards) => shards.example(start))).toMatchObject({ key: "a", caption: "from json" })
  })

  test("a picture needs no caption: the method does not use it", async () => {
    const file = await write("bare.tar", [member(0, "jpg", fixture.jpegs[0]!), member(1, "png", fixture.jpegs[1]!)])
    expect(await withTar(file, epochKeys(0))).toHaveLength(2)
    expect(await withTar(file, (shards) => shards.example(start))).toMatchObject({ caption: "" })
  })

  test("members without extension and folders do not disturb a sample", async () => {
    const file = await write("mixed.tar", [
      { name: "README", bytes: text("hello") },
      ...good(0, 1).slice(0, 1),
      { name: "LICENCE", bytes: text("free") },
      ...good(0, 1).slice(1),
      ...good(1, 2),
    ])
    expect(await withTar(file, epochKeys(0))).toHaveLength(2)
  })

  test("the manifest says what the data were", async () => {
    const manifest = await withTar(tars(), ({ manifest: data }) => Effect.succeed(data))
    expect(manifest).toMatchObject({ source: "tar shards", seed: 7, size: 16, order: "samples" })
    expect(manifest.shards.map(({ file, samples }) => [path.basename(file), samples])).toEqual([
      ["00000.tar", 5],
      ["00001.tar", 4],
    ])
    expect(manifest.shards[0]!.bytes).toBe((await readFile(manifest.shards[0]!.file)).byteLength)
  })
})

describe("batches", () => {
  const tars = () => path.join(fixture.folder, "good")

  test("a batch stacks the examples of its positions", async () => {
    const [batch, single] = await withTar(tars(), (shards) =>
      Effect.all([takeBatches({ epoch: 0, position: 2 }, 3, 1)(shards), shards.example({ epoch: 0, position: 4 })]),
    )
    expect(batch[0]).toMatchObject({ from: { epoch: 0, position: 2 }, next: { epoch: 0, position: 5 } })
    expect(batch[0]!.keys).toHaveLength(3)
    expect(batch[0]!.images.slice(2 * 3 * 16 * 16)).toEqual(single.image)
  })

  test("a batch may reach into the next epoch", async () => {
    const [batch] = await withTar(tars(), takeBatches({ epoch: 0, position: 7 }, 4, 1))
    expect(batch!.next).toEqual({ epoch: 1, position: 2 })
    const nextEpoch = await withTar(tars(), epochKeys(1))
    expect(batch!.keys.slice(2)).toEqual(nextEpoch.slice(0, 2))
  })

  test.each([1, 3, 5])(
    "stopping after %i batches and resuming gives the same batches as not stopping",
    async (stop) => {
      const whole = await withTar(tars(), takeBatches(start, 4, 7))
      const before = await withTar(tars(), takeBatches(start, 4, stop))
      const after = await withTar(tars(), takeBatches(before.at(-1)!.next, 4, 7 - stop))
      expect([...before, ...after]).toEqual(whole)
    },
  )

  test("how far ahead and how many at once changes nothing", async () => {
    const make = (prefetch: number, concurrency: number) =>
      withTar(
        tars(),
        (shards) =>
          Stream.runCollect(Stream.take(shards.batches({ from: start, batchSize: 2, prefetch, concurrency }), 5)),
        { workers: 1 },
      )
    expect(await make(1, 1)).toEqual(await make(4, 3))
  })

  test("the number of threads changes nothing, neither batches nor what is skipped", async () => {
    const file = await write("threads.tar", [
      ...good(0, 3),
      member(3, "jpg", fixture.jpegs[3]!.subarray(0, 300)),
      member(4, "txt", text("no picture")),
      ...good(5, 9),
    ])
    const make = (workers: number) =>
      withTar(
        file,
        (shards) =>
          Effect.all([takeBatches(start, 3, 6)(shards), Effect.map(shards.skipped, ({ skipped }) => skipped)]),
        { workers },
      )
    const [batches, skipped] = await make(0)
    expect(await make(1)).toEqual([batches, skipped])
    expect(await make(3)).toEqual([batches, skipped])
    expect(batches.flatMap((batch) => batch.skipped.map(({ key }) => key)).toSorted()).toEqual(["00003", "00004"])
  })

  test("prefetching is bounded: a slow consumer does not make the whole epoch be read", async () => {
    const slowly = (shards: Shards["Service"]) =>
      Stream.runForEach(Stream.take(shards.batches({ from: start, batchSize: 1, prefetch: 2 }), 1), () =>
        Effect.sleep("200 millis"),
      ).pipe(Effect.andThen(Effect.map(shards.skipped, (report) => report.read)))
    const read = await withTar(tars(), slowly, { workers: 1 })
    expect(read).toBeLessThanOrEqual(5)
  })
})
