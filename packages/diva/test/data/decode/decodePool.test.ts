import { divaCropRanges, encodeJpeg, encodePng, imagePresets, type RgbImage } from "@diva/models"
import { hostPart } from "@diva/tensor/random"
import { Effect, Fiber } from "effect"
import { describe, expect, test } from "vitest"
import { dataKey } from "../../../src/data/dataKey.ts"
import { type DecodePool, openDecodePool, type PictureTask } from "../../../src/data/decode/index.ts"

const picture = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * i + 7 * i) % 251),
})

const crop = (position: number): PictureTask => ({
  _tag: "RandomCrop",
  size: 20,
  ranges: { ...divaCropRanges, area: [0.2, 1] },
  key: hostPart(dataKey(5), position),
})

const withPool = <A, E>(workers: number, use: (pool: DecodePool) => Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(openDecodePool(workers), use)))

const encoded = await Promise.all(
  [
    [30, 20],
    [17, 41],
    [64, 64],
    [9, 9],
  ].map(([width, height], i) => (i % 2 ? encodePng : encodeJpeg)(picture(width!, height!))),
)

describe("a pool of decoding threads", () => {
  test("makes the same bytes with no thread, one and three", async () => {
    const all = (pool: DecodePool) =>
      Effect.forEach(
        Array.from({ length: 24 }, (_, i) => i),
        (i) => pool.make(encoded[i % encoded.length]!, `picture ${i}`, crop(i)),
        { concurrency: 8 },
      )
    const [none, one, three] = [await withPool(0, all), await withPool(1, all), await withPool(3, all)]
    expect(one).toEqual(none)
    expect(three).toEqual(none)
    expect(new Set(none.map(({ image }) => String(image.data))).size).toBeGreaterThan(20)
  })

  test("makes what evaluation and contact sheets need, and tells the size a picture had", async () => {
    const made = await withPool(1, (pool) =>
      Effect.all([
        pool.make(encoded[1]!, "a", { _tag: "Preset", preset: { ...imagePresets["openai-l14-224"], size: 8 } }),
        pool.make(encoded[1]!, "a", { _tag: "Thumbnail", size: 10 }),
      ]),
    )
    expect(made.map(({ width, height }) => [width, height])).toEqual([
      [17, 41],
      [17, 41],
    ])
    expect(made.map(({ image }) => [image.width, image.height])).toEqual([
      [8, 8],
      [4, 10],
    ])
  })

  test("says the same of damaged pictures as the calling thread does", async () => {
    const half = encoded[0]!.subarray(0, encoded[0]!.byteLength / 2)
    const page = new TextEncoder().encode("<html>")
    const failures = (pool: DecodePool) =>
      Effect.all([Effect.flip(pool.make(half, "half", crop(0))), Effect.flip(pool.make(page, "page", crop(0)))])
    const inThread = await withPool(2, failures)
    expect(inThread).toEqual(await withPool(0, failures))
    expect(inThread.map(({ _tag, name }) => [_tag, name])).toEqual([
      ["ImageUndecodable", "half"],
      ["ImageFormatUnknown", "page"],
    ])
  })

  test("leaves the caller's bytes alone, also where they are part of a larger buffer", async () => {
    const holder = new Uint8Array(encoded[0]!.byteLength + 100)
    holder.set(encoded[0]!, 50)
    const part = holder.subarray(50, 50 + encoded[0]!.byteLength)
    const made = await withPool(1, (pool) => pool.make(part, "part", crop(0)))
    expect(part).toEqual(encoded[0])
    expect(made).toEqual(await withPool(0, (pool) => pool.make(encoded[0]!, "part", crop(0))))
  })

  test("goes on when a picture is given up, and ends its threads with the scope", async () => {
    const made = await withPool(1, (pool) =>
      Effect.gen(function* () {
        const given = yield* Effect.forkChild(pool.make(encoded[2]!, "given up", crop(1)))
        yield* Fiber.interrupt(given)
        return yield* pool.make(encoded[2]!, "kept", crop(1))
      }),
    )
    expect(made.image.data).toHaveLength(3 * 20 * 20)
  })
})
