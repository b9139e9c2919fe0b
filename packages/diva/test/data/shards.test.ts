import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { encodeJpeg, encodePng, type RgbImage } from "@diva/models"
import { Effect, Stream } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  type Batch,
  type DataPosition,
  type Sample,
  Shards,
  type ShardsOptions,
  splitMemberName,
  type TarMember,
  writeTar,
} from "../../src/data/index.ts"

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const picture = (level: number): RgbImage => ({
  width: 24,
  height: 20,
  data: Uint8Array.from({ length: 3 * 24 * 20 }, (_, i) => (level * 8 + i) % 256),
})

let folder = ""
let jpegs: readonly Uint8Array[] = []
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "shards-"))
  jpegs = await Promise.all(Array.from({ length: 14 }, (_, level) => encodeJpeg(picture(level))))
  await mkdir(path.join(folder, "good"))
  await write("good/00000.tar", good(0, 5))
  await write("good/00001.tar", good(5, 9))
})
afterAll(() => rm(folder, { recursive: true }))

const keyOf = (i: number): string => String(i).padStart(5, "0")
const member = (i: number, extension: string, bytes: Uint8Array): TarMember => ({
  name: `${keyOf(i)}.${extension}`,
  bytes,
})
const good = (from: number, to: number): readonly TarMember[] =>
  Array.from({ length: to - from }, (_, i) => from + i).flatMap((i) => [
    member(i, "jpg", jpegs[i]!),
    member(i, "txt", text(`caption ${i}`)),
    member(i, "json", text("{}")),
  ])
const write = async (name: string, members: readonly TarMember[]): Promise<string> => {
  const file = path.join(folder, name)
  await Effect.runPromise(writeTar(file, members))
  return file
}

const small: ShardsOptions = { size: 16, seed: 7 }
const start: DataPosition = { epoch: 0, position: 0 }

type Use<A, E> = (shards: Shards["Service"]) => Effect.Effect<A, E>
const using = <A, E>(patterns: string | readonly string[], use: Use<A, E>, options: ShardsOptions = {}) =>
  Effect.gen(function* () {
    return yield* use(yield* Shards)
  }).pipe(Effect.provide(Shards.layerTar(patterns, { ...small, ...options })))
const withTar = <A, E>(patterns: string | readonly string[], use: Use<A, E>, options?: ShardsOptions): Promise<A> =>
  Effect.runPromise(using(patterns, use, options))
const failureWith = <A, E>(patterns: string | readonly string[], use: Use<A, E>, options?: ShardsOptions) =>
  Effect.runPromise(Effect.flip(using(patterns, use, options)))
const withMemory = <A, E>(samples: readonly Sample[], use: Use<A, E>, options: ShardsOptions = {}): Promise<A> =>
  Effect.runPromise(
    Effect.gen(function* () {
      return yield* use(yield* Shards)
    }).pipe(Effect.provide(Shards.layerMemory(samples, { ...small, ...options }))),
  )

const takeBatches =
  (from: DataPosition, batchSize: number, count: number): Use<readonly Batch[], unknown> =>
  (shards) =>
    Stream.runCollect(Stream.take(shards.batches({ from, batchSize }), count))
const epochKeys =
  (epoch: number): Use<readonly string[], unknown> =>
  (shards) =>
    Effect.forEach(
      Array.from({ length: shards.count }, (_, position) => ({ epoch, position })),
      (at) => Effect.map(shards.example(at), ({ key }) => key),
    )

describe("names", () => {
  test.each([
    ["00001.jpg", "00001", "jpg"],
    ["a/b.c/0001.Seg.PNG", "a/b.c/0001", "seg.png"],
    ["./x.TXT", "./x", "txt"],
  ])("%s is key %s and extension %s", (name, key, extension) => {
    expect(splitMemberName(name)).toEqual({ key, extension })
  })

  test.each([
    "README",
    "a.b/readme",
    ".hidden",
    "d/.hidden.txt",
    "",
    "._0001.jpg",
    ".DS_Store",
    "Thumbs.db",
    "d/thumbs.db",
    "desktop.ini",
    "__MACOSX/d/0001.jpg",
  ])("%j has no key", (name) => {
    expect(splitMemberName(name)).toBeUndefined()
  })
})

describe("examples", () => {
  const tars = () => path.join(folder, "good/*.tar")

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
      { name: `a.${extension}`, bytes: jpegs[0]! },
      { name: "a.json", bytes: text('{"caption":"from json"}') },
    ])
    expect(await withTar(file, (shards) => shards.example(start))).toMatchObject({ key: "a", caption: "from json" })
  })

  test("a picture needs no caption: the method does not use it", async () => {
    const file = await write("bare.tar", [member(0, "jpg", jpegs[0]!), member(1, "png", jpegs[1]!)])
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
  const tars = () => path.join(folder, "good")

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
      withTar(tars(), (shards) =>
        Stream.runCollect(Stream.take(shards.batches({ from: start, batchSize: 2, prefetch, concurrency }), 5)),
      )
    expect(await make(1, 1)).toEqual(await make(4, 3))
  })

  test("the number of threads changes nothing, neither batches nor what is skipped", async () => {
    const file = await write("threads.tar", [
      ...good(0, 3),
      member(3, "jpg", jpegs[3]!.subarray(0, 300)),
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
    const read = await withTar(tars(), (shards) =>
      Stream.runForEach(Stream.take(shards.batches({ from: start, batchSize: 1, prefetch: 2 }), 1), () =>
        Effect.sleep("200 millis"),
      ).pipe(Effect.andThen(Effect.map(shards.skipped, (report) => report.read))),
    )
    expect(read).toBeLessThanOrEqual(5)
  })
})

describe("bad samples", () => {
  const withDamage = (): readonly TarMember[] => [
    ...good(0, 3),
    member(3, "jpg", jpegs[3]!.subarray(0, jpegs[3]!.byteLength / 2)),
    member(3, "txt", text("half a picture")),
    member(4, "txt", text("no picture")),
    member(5, "jpg", jpegs[5]!),
    member(6, "jpg", text("<html>404</html>")),
    member(6, "txt", text("an error page")),
    member(7, "jpg", jpegs[7]!),
    member(7, "jpg", jpegs[7]!),
    member(7, "txt", text("twice")),
    ...good(8, 12),
  ]

  test("are skipped, counted and explained", async () => {
    const file = await write("damaged.tar", withDamage())
    const [keys, report] = await withTar(file, (shards) => Effect.all([epochKeys(0)(shards), shards.skipped]))
    expect(new Set(keys)).toEqual(new Set(["00000", "00001", "00002", "00005", "00008", "00009", "00010", "00011"]))
    expect(keys).toHaveLength(12)
    expect(report.read).toBe(12 + 4)
    expect(report.skipped.map(({ key }) => key).toSorted()).toEqual(["00003", "00004", "00006", "00007"])
    const rules = new Map(report.skipped.map(({ key, rule }) => [key, rule]))
    expect(rules.get("00003")).toContain("premature end")
    expect(rules.get("00004")).toContain("no picture")
    expect(rules.get("00006")).toContain("JPEG, PNG, WebP, GIF, TIFF or AVIF")
    expect(rules.get("00007")).toContain("two members .jpg")
  })

  test("each is replaced by the next good one of the order, whatever was read before", async () => {
    const file = await write("replaced.tar", withDamage())
    const inOrder = await withTar(file, epochKeys(0))
    const alone = await Promise.all(
      inOrder.map((_, position) =>
        withTar(file, (shards) => Effect.map(shards.example({ epoch: 0, position }), ({ key }) => key)),
      ),
    )
    expect(alone).toEqual(inOrder)
    const bad = inOrder.filter((key, position) => key === inOrder[(position + 1) % inOrder.length])
    expect(bad).toHaveLength(4)
  })

  test("beyond the allowed share the run ends with TooManyBadSamples and examples", async () => {
    const bad = Array.from({ length: 12 }, (_, i) => member(100 + i, "txt", text("no picture")))
    const file = await write("mostly.tar", [...good(0, 3), ...bad])
    const error = await failureWith(file, epochKeys(0))
    expect(error).toMatchObject({ _tag: "TooManyBadSamples", bad: 9 })
    expect(String(error)).toContain("9 of")
    expect(error).toHaveProperty("examples", expect.arrayContaining([expect.stringContaining("no picture")]))
    expect(await withTar(file, epochKeys(0), { maxBadRate: 1 })).toHaveLength(15)
  })

  test("when none is good the run ends instead of looking for ever", async () => {
    const file = await write("none.tar", [member(0, "jpg", text("a")), member(1, "jpg", text("b"))])
    expect(await failureWith(file, (shards) => shards.example(start))).toMatchObject({
      _tag: "TooManyBadSamples",
      bad: 2,
    })
  })
})

describe("opening", () => {
  const count: Use<number, never> = (shards) => Effect.succeed(shards.count)

  test("a pattern, a folder, files and braces mean the same shards", async () => {
    const inside = path.join(folder, "good")
    const files = ["00000", "00001"].map((name) => path.join(inside, `${name}.tar`))
    for (const patterns of [inside, `${inside}/*.tar`, `${inside}/{00000..00001}.tar`, files, [...files, inside]])
      expect(await withTar(patterns, count)).toBe(9)
  })

  test("a range names what is absent", async () => {
    await mkdir(path.join(folder, "gap"))
    for (const [i, name] of ["00000", "00001", "00003"].entries()) await write(`gap/${name}.tar`, good(i, i + 1))
    const error = await failureWith(path.join(folder, "gap/{00000..00003}.tar"), count)
    expect(error).toMatchObject({ _tag: "ShardsNotFound", rule: "1 of the 4 it names is absent: 00002.tar" })
    expect(await withTar(path.join(folder, "gap/{00000,00001,00003}.tar"), count)).toBe(3)
  })

  test("links to folders and files are followed, as a shell's glob does", async () => {
    await mkdir(path.join(folder, "linked"))
    await symlink("../good", path.join(folder, "linked/a"))
    await symlink("../gap/00003.tar", path.join(folder, "linked/one.tar"))
    await symlink(".", path.join(folder, "linked/circle"))
    expect(await withTar(path.join(folder, "linked/a/*.tar"), count)).toBe(9)
    expect(await withTar(path.join(folder, "linked/*/*.tar"), count)).toBe(10)
    expect(await withTar(path.join(folder, "linked/*.tar"), count)).toBe(1)
    expect(await withTar(path.join(folder, "linked/**/0*.tar"), count)).toBe(9)
    expect(await withTar(path.join(folder, "linked/a"), count)).toBe(9)
  })

  test("what other systems leave beside shards is passed over", async () => {
    const own = path.join(folder, "copied")
    await mkdir(own)
    await write("copied/0.tar", good(0, 2))
    for (const name of ["._0.tar", ".DS_Store", "Thumbs.db"]) await writeFile(path.join(own, name), "x")
    for (const pattern of [own, `${own}/*.tar`]) expect(await withTar(pattern, count)).toBe(2)
  })

  test("a shard without the marker at its end is read, with a warning", async () => {
    const whole = await readFile(await write("closed.tar", good(0, 4)))
    const file = path.join(folder, "open.tar")
    await writeFile(file, whole.subarray(0, whole.byteLength - 1024))
    const [keys, warnings] = await withTar(file, (shards) =>
      Effect.all([epochKeys(0)(shards), Effect.succeed(shards.warnings)]),
    )
    expect(new Set(keys).size).toBe(4)
    expect(warnings).toEqual([`${file} lacks the marker that ends a tar file; its 4 samples are read`])
  })

  test("members of a sample that lie apart are refused, with how to write them", async () => {
    const byType = [0, 1].map((i) => member(i, "jpg", jpegs[i]!))
    const file = await write("byType.tar", [...byType, member(0, "txt", text("x")), member(1, "txt", text("y"))])
    const error = await failureWith(file, count)
    expect(error).toMatchObject({ _tag: "SamplesScattered", file, key: "00000" })
    expect(error.rule).toContain("appears twice, as .jpg and, after other samples, as .txt")
    expect(error.remedy).toContain("tar --sort=name")
  })

  test("a whole sample whose key comes back later is one more sample", async () => {
    expect(await withTar(await write("again.tar", [...good(0, 2), ...good(0, 1)]), count)).toBe(3)
  })

  test("dots inside names: says which extension was found, which are expected, and a name that works", async () => {
    const file = await write("dots.tar", [
      { name: "photo.000.txt", bytes: text("x") },
      { name: "photo.001.jpg", bytes: jpegs[0]! },
    ])
    const error = await failureWith(file, count)
    expect(error).toMatchObject({ _tag: "ShardsEmpty" })
    expect(error.rule).toContain('"photo.001.jpg" has the key "photo" and the extension ".001.jpg"; expected .jpg')
    expect(error.remedy).toContain('"photo_001.jpg"')
  })

  test("samples without a picture are told of, and say what they have", async () => {
    const file = await write("some.tar", [...good(0, 2), { name: "labels.cls", bytes: text("3") }])
    const [warnings, report] = await withTar(file, (shards) =>
      Effect.andThen(epochKeys(0)(shards), Effect.all([Effect.succeed(shards.warnings), shards.skipped])),
    )
    expect(warnings).toEqual(["1 sample of 3 has no picture and will be skipped"])
    expect(report.skipped.map(({ rule }) => rule)).toEqual([
      "it has no picture: found .cls, expected .jpg, .jpeg, .png, .webp, .avif, .tif, .tiff, .gif",
    ])
  })

  test("a pattern without match is ShardsNotFound and suggests", async () => {
    const error = await failureWith(path.join(folder, "good/00000*.tra"), count)
    expect(error).toMatchObject({ _tag: "ShardsNotFound", folder: path.join(folder, "good") })
    expect(error.remedy).toContain("00000.tar")
  })

  test("a folder without tar files is ShardsNotFound", async () => {
    await mkdir(path.join(folder, "hollow"))
    expect(await failureWith(path.join(folder, "hollow"), count)).toMatchObject({ _tag: "ShardsNotFound" })
  })

  test.each(["missing/*.tar", "missing", "good/00000.tar/*.tar", "good/00000.tar/x"])(
    "%s, which cannot be listed or read, is FileUnreadable with a remedy",
    async (pattern) => {
      const error = await failureWith(path.join(folder, pattern), count)
      expect(error).toMatchObject({ _tag: "FileUnreadable" })
      expect(error.remedy).toMatch(/path/)
    },
  )

  test("a truncated shard is TarTruncated, or gives its whole samples where that is asked for", async () => {
    const whole = await readFile(await write("whole.tar", good(0, 4)))
    const file = path.join(folder, "cut.tar")
    // Inside the last sample's text: its picture is whole, its caption is gone and not needed.
    await writeFile(file, whole.subarray(0, whole.byteLength - 1024 - 3 * 512 - 100))
    expect(await failureWith(file, count)).toMatchObject({ _tag: "TarTruncated", file })
    const [keys, report] = await withTar(file, (shards) => Effect.all([epochKeys(0)(shards), shards.skipped]), {
      truncated: "keepWhole",
    })
    expect(new Set(keys)).toEqual(new Set(["00000", "00001", "00002", "00003"]))
    expect(report.skipped).toEqual([])
  })

  test("a shard that shrinks after it was opened is an error, not a skip", async () => {
    const file = await write("shrinks.tar", good(0, 4))
    const shrink = Effect.promise(() => writeFile(file, new Uint8Array(10)))
    const error = await failureWith(file, (shards) => Effect.andThen(shrink, shards.example(start)))
    expect(error).toMatchObject({ _tag: "FileUnreadable" })
  })

  test("shards without samples are ShardsEmpty", async () => {
    expect(await failureWith(await write("readme.tar", [{ name: "README", bytes: text("x") }]), count)).toMatchObject({
      _tag: "ShardsEmpty",
    })
  })
})
