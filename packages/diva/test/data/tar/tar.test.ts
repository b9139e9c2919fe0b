import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import { Effect, Stream } from "effect"
import * as fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  openTar,
  readTarEntry,
  type TarEntry,
  tarFileEntries,
  type TarMember,
  writeTar,
} from "../../../src/data/index.ts"

const run = promisify(execFile)
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tar-"))
})
afterAll(() => rm(folder, { recursive: true }))

const entriesOf = (file: string, from = 0): Promise<readonly TarEntry[]> =>
  Effect.runPromise(Stream.runCollect(tarFileEntries(file, from)))

const failureOf = (file: string) => Effect.runPromise(Effect.flip(Stream.runCollect(tarFileEntries(file))))

const contentsOf = (file: string, entries: readonly TarEntry[]): Promise<readonly Uint8Array[]> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(openTar(file), (source) => Effect.forEach(entries, (entry) => readTarEntry(source, entry))),
    ),
  )

const written = async (name: string, members: readonly TarMember[]): Promise<string> => {
  const file = path.join(folder, name)
  await Effect.runPromise(writeTar(file, members))
  return file
}

const long = `${"folder-of-a-long-name/".repeat(4)}${"n".repeat(60)}.jpg`
const veryLong = `${"very-".repeat(60)}long.txt`
const members: readonly TarMember[] = [
  { name: "000.jpg", bytes: new Uint8Array(700).fill(7) },
  { name: "000.txt", bytes: bytesOf("a caption") },
  { name: "empty.txt", bytes: new Uint8Array(0) },
  { name: long, bytes: bytesOf("prefix") },
  { name: veryLong, bytes: bytesOf("pax") },
  { name: "größe-Ω.txt", bytes: new Uint8Array(512).fill(1) },
  { name: "large.png", bytes: new Uint8Array(100_000).fill(3) },
  { name: "last.txt", bytes: bytesOf("x") },
]

describe("what is written is read back", () => {
  test("names of every kind and contents of every size", async () => {
    const file = await written("all.tar", members)
    const entries = await entriesOf(file)
    expect(entries.map(({ name, kind }) => [name, kind])).toEqual(members.map(({ name }) => [name, "file"]))
    expect(await contentsOf(file, entries)).toEqual(members.map(({ bytes }) => bytes))
  })

  test("any members", async () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 300 }),
      fc.stringMatching(/^[a-z]{1,40}(\/[a-z]{1,40}){0,8}$/),
    )
    // NUL ends a name in tar, and a trailing slash means a folder.
    const legal = name.filter((text) => !text.includes("\0") && !text.endsWith("/"))
    const member = fc.record({ name: legal, bytes: fc.uint8Array({ maxLength: 1500 }) })
    await expect(
      fc.assert(
        fc.asyncProperty(fc.array(member, { maxLength: 8 }), async (list) => {
          const file = await written("any.tar", list)
          const entries = await entriesOf(file)
          expect(entries.map((entry) => entry.name)).toEqual(list.map((given) => given.name))
          expect((await contentsOf(file, entries)).map(String)).toEqual(list.map(({ bytes }) => String(bytes)))
        }),
        { numRuns: 60 },
      ),
    ).resolves.toBeUndefined()
  })

  test("equal members give equal bytes", async () => {
    const [first, second] = [await written("1.tar", members), await written("2.tar", members)]
    expect((await readFile(first)).equals(await readFile(second))).toBe(true)
  })

  test("reading can begin at any member's start", async () => {
    const file = await written("offset.tar", members)
    const entries = await entriesOf(file)
    for (const [i, { start }] of entries.entries()) expect(await entriesOf(file, start)).toEqual(entries.slice(i))
  })
})

describe("GNU tar agrees", () => {
  test("it lists and extracts what this writer wrote", async () => {
    const file = await written("ours.tar", members)
    const { stdout } = await run("tar", ["--quoting-style=literal", "-tf", file])
    expect(stdout.trimEnd().split("\n")).toEqual(members.map(({ name }) => name))
    const { stdout: content } = await run("tar", ["-xOf", file, veryLong])
    expect(content).toBe("pax")
  })

  test.each(["gnu", "pax", "ustar", "v7"])("this reader reads its %s format", async (format) => {
    const inside = await mkdtemp(path.join(folder, `${format}-`))
    const short = format === "v7" || format === "ustar"
    const names = ["d/a.jpg", "d/b.txt", short ? "d/c.txt" : `d/${"c".repeat(180)}.txt`]
    await mkdir(path.join(inside, "d"))
    for (const name of names) await writeFile(path.join(inside, name), name.repeat(100))
    const file = path.join(inside, "t.tar")
    await run("tar", [`--format=${format}`, "--sort=name", "-C", inside, "-cf", file, "d"])
    const entries = await entriesOf(file)
    expect(entries.map(({ name, kind }) => [name, kind])).toEqual([
      ["d/", "folder"],
      ...names.map((name) => [name, "file"]),
    ])
    const contents = await contentsOf(file, entries.slice(1))
    expect(contents.map((bytes) => new TextDecoder().decode(bytes))).toEqual(names.map((name) => name.repeat(100)))
  })
})

describe("damage", () => {
  const damaged = async (name: string, change: (bytes: Uint8Array) => Uint8Array): Promise<string> => {
    const file = path.join(folder, name)
    await writeFile(file, change(await readFile(await written("whole.tar", members))))
    return file
  }

  test("a cut inside a content is TarTruncated, naming file, byte, member and remedy", async () => {
    const file = await damaged("content.tar", (bytes) => bytes.subarray(0, 900))
    const error = await failureOf(file)
    expect(error).toMatchObject({ _tag: "TarTruncated", file, offset: 0 })
    expect(error.rule).toContain('"000.jpg"')
    expect(error.remedy).toContain("keepWhole")
  })

  test.each([
    ["inside a header", 1536 + 100, 1536],
    ["before the first header", 0, 0],
  ])("a cut %s is TarTruncated at that header", async (_name, length, offset) => {
    const file = await damaged("cut.tar", (bytes) => bytes.subarray(0, length))
    expect(await failureOf(file)).toMatchObject({ _tag: "TarTruncated", file, offset })
  })

  test("a file that ends after a member without the closing blocks is read to there", async () => {
    const file = await damaged("unmarked.tar", (bytes) => bytes.subarray(0, 1536))
    expect((await entriesOf(file)).map(({ name }) => name)).toEqual(["000.jpg"])
  })

  test("members before the damage are still given", async () => {
    const file = await damaged("before.tar", (bytes) => bytes.subarray(0, 1536 + 100))
    const seen: string[] = []
    const all = Stream.runForEach(tarFileEntries(file), ({ name }) => Effect.sync(() => seen.push(name)))
    expect(await Effect.runPromise(Effect.flip(all))).toMatchObject({ _tag: "TarTruncated" })
    expect(seen).toEqual(["000.jpg"])
  })

  test("every cut is noticed", async () => {
    const whole = await readFile(await written("small.tar", members.slice(0, 5)))
    const contentEnd = whole.byteLength - 1024
    const entries = await entriesOf(path.join(folder, "small.tar"))
    for (let length = 0; length < contentEnd; length += 256) {
      // Between two contents a cut loses nothing, and looks like a file without its closing blocks.
      if (entries.some(({ data, size, end }) => data + size <= length && length <= end)) continue
      const file = await damaged("every.tar", () => whole.subarray(0, length))
      expect(await failureOf(file), `cut at ${length}`).toMatchObject({ _tag: "TarTruncated" })
    }
  })

  test("a changed byte in a header is TarCorrupt at that header", async () => {
    const file = await damaged("flipped.tar", (bytes) => {
      bytes[1536] = 0x7a
      return bytes
    })
    expect(await failureOf(file)).toMatchObject({ _tag: "TarCorrupt", file, offset: 1536 })
  })

  test("a gzipped or other file is TarCorrupt at 0 with the remedy to look what it is", async () => {
    const file = await damaged("not.tar", () => new Uint8Array(2048).fill(0x1f))
    const error = await failureOf(file)
    expect(error).toMatchObject({ _tag: "TarCorrupt", offset: 0 })
    expect(error.remedy).toContain("a gzipped one")
  })

  test("a size of terabytes neither hangs nor allocates: the file is too short for it", async () => {
    const file = await damaged("huge.tar", (bytes) => {
      bytes.set(bytesOf("77777777777\0"), 124)
      const sum = bytes.subarray(0, 512).reduce((a, byte, i) => a + (i >= 148 && i < 156 ? 0x20 : byte), 0)
      bytes.set(bytesOf(`${sum.toString(8).padStart(6, "0")}\0 `), 148)
      return bytes
    })
    expect(await failureOf(file)).toMatchObject({ _tag: "TarTruncated", offset: 0 })
  })

  test("random damage is an error or other entries, never a hang, and entries stay inside the file", async () => {
    const whole = await readFile(await written("fuzz.tar", members.slice(0, 6)))
    const change = fc.tuple(fc.nat(whole.byteLength - 1), fc.nat(255))
    await expect(
      fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
          const file = await damaged("fuzzed.tar", () => {
            const bytes = Uint8Array.from(whole)
            for (const [at, value] of changes) bytes[at] = value
            return bytes
          })
          const outcome = await Effect.runPromise(Effect.result(Stream.runCollect(tarFileEntries(file))))
          const sane =
            outcome._tag === "Success"
              ? outcome.success.every(({ end }) => end <= whole.byteLength)
              : ["TarCorrupt", "TarTruncated"].includes(outcome.failure._tag)
          expect(sane).toBe(true)
        }),
        { numRuns: 80 },
      ),
    ).resolves.toBeUndefined()
  })

  test("a missing file is FileUnreadable", async () => {
    expect(await failureOf(path.join(folder, "none.tar"))).toMatchObject({ _tag: "FileUnreadable" })
  })
})
