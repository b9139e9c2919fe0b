import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { encodeJpeg } from "@diva/models"
import { Effect, Layer, Stream } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import { readList, Shards } from "../../src/data/index.ts"
import { tarEnd, tarMemberBytes, type TarMember } from "../../src/data/tar/writeTar.ts"
import { dataHash } from "../../src/data/dataHash.ts"
import { layerMemoryFiles, memoryFiles } from "../files/memoryFiles.ts"

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** As PowerShell writes it: UTF-16 behind its mark, lines that end in CRLF. */
const utf16 = (value: string): Uint8Array => Uint8Array.from(Buffer.from(`\ufeff${value}`, "utf16le"))

const picture = Effect.promise(() => encodeJpeg({ width: 8, height: 8, data: new Uint8Array(192).fill(90) }))

const tar = (keys: readonly string[], jpeg: Uint8Array): Uint8Array => {
  const members: readonly TarMember[] = keys.map((key) => ({ name: `${key}.jpg`, bytes: jpeg }))
  return Uint8Array.from(Buffer.concat([...members.flatMap((member) => [...tarMemberBytes(member)]), tarEnd()]))
}

/** Files of every kind that `--data` takes, none of them on a disk. */
const files = Effect.map(picture, (jpeg) => {
  const disk = memoryFiles()
  const put = (name: string, bytes: Uint8Array) => void disk.files.set(name, bytes)
  put("/data/a/00000.tar", tar(["0", "1"], jpeg))
  put("/data/b/00001.tar", tar(["2"], jpeg))
  put("/data/b/._00001.tar", text("left behind"))
  put("/packed/00000.tar.gz", Uint8Array.from(gzipSync(tar(["3", "4"], jpeg))))
  put("/pictures/deep/5.jpg", jpeg)
  put("/pictures/deep/5.txt", text("a caption"))
  put("/pictures/.hidden/6.jpg", jpeg)
  put("/pictures/deep/Thumbs.db", text("left behind"))
  put("/lists/all.txt", utf16("# both\r\n../data/a/*.tar\r\n\r\n../data/b\r\n"))
  return disk
})

/** The service alone is given the file system: what it reads later comes from there as well. */
const keysOf = (source: string) =>
  Effect.gen(function* () {
    const layer = Layer.provide(Shards.layerTar(source, { size: 8, workers: 0 }), layerMemoryFiles(yield* files))
    const read = Effect.gen(function* () {
      const { count, example } = yield* Shards
      const examples = yield* Effect.forEach(Array.from({ length: count }).keys(), (position) =>
        example({ epoch: 0, position }),
      )
      return examples.map(({ key, caption }) => (caption === "" ? key : `${key}: ${caption}`)).toSorted()
    })
    return yield* Effect.provide(read, layer)
  })

describe("data on a file system in memory", () => {
  for (const [what, source, keys] of [
    ["a shard", "/data/a/00000.tar", ["0", "1"]],
    ["a folder", "/data", ["0", "1", "2"]],
    ["a pattern", "/data/*/*.tar", ["0", "1", "2"]],
    ["braces", "/data/{a,b}/*.tar", ["0", "1", "2"]],
    ["a list that a Windows tool wrote", "/lists/all.txt", ["0", "1", "2"]],
    ["a compressed shard", "/packed", ["3", "4"]],
    ["a folder of pictures", "/pictures", ["deep/5: a caption"]],
  ] as const)
    it.effect(`is found and read: ${what}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* keysOf(source), [...keys])
      }),
    )

  it.effect("lists of addresses are read: plain, packed and Parquet", () =>
    Effect.gen(function* () {
      const disk = memoryFiles()
      const address = "https://a.org/1.jpg"
      const columns = [
        { name: "url", data: [address] },
        { name: "caption", data: ["a cat"] },
      ]
      disk.files.set("/a.csv", text(`url,caption\r\n${address},a cat\r\n`))
      disk.files.set("/a.tsv.gz", Uint8Array.from(gzipSync(`url\tcaption\n${address}\ta cat`)))
      disk.files.set("/a.parquet", new Uint8Array(parquetWriteBuffer({ columnData: columns })))
      for (const name of disk.files.keys()) {
        // The list alone is given the file system: its rows come from there, whenever they are asked for.
        const rows = yield* Effect.provide(readList(name), layerMemoryFiles(disk))
        const found = yield* Stream.runCollect(Stream.fromAsyncIterable(rows, String))
        assert.deepStrictEqual(found, [{ source: address, caption: "a cat", extra: {} }], name)
      }
    }),
  )

  it.effect("has the hash of its content, wherever it lies", () =>
    Effect.gen(function* () {
      const disk = yield* files
      disk.files.set("/elsewhere/x.tar", disk.files.get("/data/a/00000.tar")!)
      const hash = (file: string, samples: number) =>
        Effect.provide(dataHash([{ file, samples, bytes: disk.files.get(file)!.byteLength }]), layerMemoryFiles(disk))
      const [here, there] = [yield* hash("/data/a/00000.tar", 2), yield* hash("/elsewhere/x.tar", 2)]
      assert.deepStrictEqual(here, there)
      assert.notDeepEqual(here, yield* hash("/data/b/00001.tar", 1))
    }),
  )
})
