import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { encodeJpeg } from "@diva/models"
import { Effect } from "effect"
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { openSource, type TarMember, type WhenTruncated, writeTar } from "../../src/data/index.ts"

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

let folder = ""
let jpeg: Uint8Array = new Uint8Array()
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "sources-"))
  jpeg = await encodeJpeg({ width: 8, height: 8, data: new Uint8Array(192).fill(90) })
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => vi.unstubAllEnvs())

const members = (from: number, to: number): readonly TarMember[] =>
  Array.from({ length: to - from }, (_, i) => String(from + i).padStart(4, "0")).flatMap((key) => [
    { name: `${key}.jpg`, bytes: jpeg },
    { name: `${key}.txt`, bytes: text(`caption ${key}`) },
  ])
const write = async (name: string, list: readonly TarMember[]): Promise<string> => {
  const file = path.join(folder, name)
  await Effect.runPromise(writeTar(file, list))
  return file
}
const open = async (source: string, when: WhenTruncated = "fail") => {
  const { shards, warnings, read } = await Effect.runPromise(openSource(source, when))
  const samples = await Promise.all(
    Array.from({ length: shards[0]!.samples }, (_, sample) =>
      Effect.runPromise(Effect.result(read({ shard: 0, sample }))),
    ),
  )
  const keys = samples.map((one) => (one._tag === "Success" ? one.success.key : `bad ${one.failure._tag}`))
  const fields = samples.map((one) => (one._tag === "Success" ? [...one.success.fields.keys()] : []))
  return { keys, fields, warnings, summary: shards[0]! }
}
const failure = (source: string, when: WhenTruncated = "fail") =>
  Effect.runPromise(Effect.flip(openSource(source, when)))

describe("a folder of pictures", () => {
  test("is a source: nested, with captions beside, hidden files passed over", async () => {
    const inside = path.join(folder, "pictures")
    await mkdir(path.join(inside, "00000"), { recursive: true })
    for (const name of ["b.jpg", "00000/000000001.jpg", "._b.jpg"]) await writeFile(path.join(inside, name), jpeg)
    await writeFile(path.join(inside, "00000/000000001.txt"), "a caption")
    await writeFile(path.join(inside, "00000/000000001.json"), "{}")
    const { keys, fields, summary } = await open(inside)
    expect(keys).toEqual(["00000/000000001", "b"])
    expect(fields).toEqual([["jpg", "txt", "json"], ["jpg"]])
    expect(summary).toEqual({ file: inside, bytes: 2 * jpeg.byteLength, samples: 2 })
  })

  test("skips a picture that goes away", async () => {
    const inside = path.join(folder, "leaving")
    await mkdir(inside)
    await writeFile(path.join(inside, "a.jpg"), jpeg)
    const { read } = await Effect.runPromise(openSource(inside, "fail"))
    await rm(path.join(inside, "a.jpg"))
    expect(await Effect.runPromise(Effect.flip(read({ shard: 0, sample: 0 })))).toMatchObject({ _tag: "BadSample" })
  })
})

describe("a compressed shard", () => {
  test("is unpacked once, whatever it is called, and recorded by its own size", async () => {
    vi.stubEnv("XDG_CACHE_HOME", path.join(folder, "cache"))
    const packed = gzipSync(await readFile(await write("plain.tar", members(0, 4))))
    for (const name of ["shard.tar.gz", "misnamed.tar"]) {
      const file = path.join(folder, name)
      await writeFile(file, packed)
      const first = await open(file)
      expect(first).toMatchObject({ keys: ["0000", "0001", "0002", "0003"], warnings: [] })
      expect(first.summary).toEqual({ file, bytes: packed.byteLength, samples: 4 })
      expect(await open(file)).toEqual(first)
    }
  })

  test("that is cut off is refused, or gives what can be unpacked", async () => {
    vi.stubEnv("XDG_CACHE_HOME", path.join(folder, "cache"))
    const file = path.join(folder, "cut.tar.gz")
    // Stored, not packed: the cut falls where it does in the tar file.
    const packed = gzipSync(await readFile(await write("plain.tar", members(0, 4))), { level: 0 })
    await writeFile(file, packed.subarray(0, packed.byteLength - 4000))
    expect(await failure(file)).toMatchObject({
      _tag: "TarCorrupt",
      remedy: expect.stringContaining("--truncated keepWhole"),
    })
    const { keys, warnings } = await open(file, "keepWhole")
    expect(keys).toEqual(["0000", "0001", "0002"])
    expect(warnings.join()).toContain("cannot be unpacked completely")
  })
})

describe("a shard that is not as it should be", () => {
  const damage = async (name: string, change: (bytes: Buffer) => Uint8Array): Promise<string> => {
    const file = await write(name, members(0, 6))
    await writeFile(file, change(await readFile(file)))
    return file
  }

  test("joined of two files gives the samples of both", async () => {
    const first = await readFile(await write("one.tar", members(0, 2)))
    const second = await readFile(await write("two.tar", members(2, 5)))
    const file = path.join(folder, "joined.tar")
    await writeFile(file, Buffer.concat([first, second]))
    const { keys, warnings } = await open(file)
    expect(keys).toEqual(["0000", "0001", "0002", "0003", "0004"])
    expect(warnings.join()).toContain("there is an end marker at byte")
  })

  const headerOf = (bytes: Buffer, name: string): number => bytes.indexOf(name)

  test("with a damaged header loses that member, not the rest", async () => {
    const file = await damage("header.tar", (bytes) => {
      bytes[headerOf(bytes, "0002.jpg") + 130]! ^= 0xff
      return bytes
    })
    expect(await failure(file)).toMatchObject({ _tag: "TarCorrupt" })
    const { keys, fields, warnings } = await open(file, "keepWhole")
    expect(keys).toEqual(["0000", "0001", "0002", "0003", "0004", "0005"])
    expect(fields[2]).toEqual(["txt"])
    expect(warnings.join()).toMatch(/damaged at byte \d+ .*continued at byte \d+/)
  })

  test.each(["taken out of", "put into"])(
    "with bytes %s a picture loses that picture, not its neighbours",
    async (how) => {
      const file = await damage(`shifted ${how}.tar`, (bytes) => {
        const at = headerOf(bytes, "0002.jpg") + 700
        return Buffer.concat([
          bytes.subarray(0, at),
          how === "put into" ? Buffer.alloc(77, 7) : Buffer.alloc(0),
          bytes.subarray(how === "put into" ? at : at + 77),
        ])
      })
      const { keys } = await open(file, "keepWhole")
      expect(keys).toEqual(["0000", "0001", "0002", "0003", "0004", "0005"])
    },
  )
})
