import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { encodeJpeg } from "@diva/models"
import { Effect, Layer } from "effect"
import { Shards } from "../../src/data/index.ts"
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
