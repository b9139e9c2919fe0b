import * as path from "node:path"
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import {
  text,
  member,
  good,
  write,
  start,
  epochKeys,
  withTar,
  failureWith,
  fixture,
  type Use,
  useShardFixture,
} from "./shardFixture.ts"

useShardFixture()

describe("opening", () => {
  const count: Use<number, never> = (shards) => Effect.succeed(shards.count)

  test("a pattern, a folder, files and braces mean the same shards", async () => {
    const inside = path.join(fixture.folder, "good")
    const files = ["00000", "00001"].map((name) => path.join(inside, `${name}.tar`))
    for (const patterns of [inside, `${inside}/*.tar`, `${inside}/{00000..00001}.tar`, files, [...files, inside]])
      expect(await withTar(patterns, count)).toBe(9)
  })

  test("a range names what is absent", async () => {
    await mkdir(path.join(fixture.folder, "gap"))
    for (const [i, name] of ["00000", "00001", "00003"].entries()) await write(`gap/${name}.tar`, good(i, i + 1))
    const error = await failureWith(path.join(fixture.folder, "gap/{00000..00003}.tar"), count)
    expect(error).toMatchObject({ _tag: "ShardsNotFound", rule: "1 of the 4 files it names is absent: 00002.tar" })
    expect(await withTar(path.join(fixture.folder, "gap/{00000,00001,00003}.tar"), count)).toBe(3)
  })

  test("links to folders and files are followed, as a shell's glob does", async () => {
    await mkdir(path.join(fixture.folder, "linked"))
    await symlink("../good", path.join(fixture.folder, "linked/a"))
    await symlink("../gap/00003.tar", path.join(fixture.folder, "linked/one.tar"))
    await symlink(".", path.join(fixture.folder, "linked/circle"))
    expect(await withTar(path.join(fixture.folder, "linked/a/*.tar"), count)).toBe(9)
    expect(await withTar(path.join(fixture.folder, "linked/*/*.tar"), count)).toBe(10)
    expect(await withTar(path.join(fixture.folder, "linked/*.tar"), count)).toBe(1)
    expect(await withTar(path.join(fixture.folder, "linked/**/0*.tar"), count)).toBe(9)
    expect(await withTar(path.join(fixture.folder, "linked/a"), count)).toBe(9)
  })

  test("what other systems leave beside shards is passed over", async () => {
    const own = path.join(fixture.folder, "copied")
    await mkdir(own)
    await write("copied/0.tar", good(0, 2))
    for (const name of ["._0.tar", ".DS_Store", "Thumbs.db"]) await writeFile(path.join(own, name), "x")
    for (const pattern of [own, `${own}/*.tar`]) expect(await withTar(pattern, count)).toBe(2)
  })

  test("a shard without the marker at its end is read, with a warning", async () => {
    const whole = await readFile(await write("closed.tar", good(0, 4)))
    const file = path.join(fixture.folder, "open.tar")
    await writeFile(file, whole.subarray(0, whole.byteLength - 1024))
    const [keys, warnings] = await withTar(file, (shards) =>
      Effect.all([epochKeys(0)(shards), Effect.succeed(shards.warnings)]),
    )
    expect(new Set(keys).size).toBe(4)
    expect(warnings).toEqual([`${file} lacks the marker that ends a tar file; 4 samples are read from it`])
  })

  test("members of a sample that lie apart are refused, with how to write them", async () => {
    const byType = [0, 1].map((i) => member(i, "jpg", fixture.jpegs[i]!))
    const file = await write("byType.tar", [...byType, member(0, "txt", text("x")), member(1, "txt", text("y"))])
    const error = await failureWith(file, count)
    expect(error).toMatchObject({ _tag: "SamplesScattered", file, key: "00000" })
    expect(error.rule).toContain("its members appear in two places, as .jpg and, after other samples, as .txt")
    expect(error.remedy).toContain("tar --sort=name")
  })

  test("a whole sample whose key comes back later is one more sample", async () => {
    expect(await withTar(await write("again.tar", [...good(0, 2), ...good(0, 1)]), count)).toBe(3)
  })

  test("dots inside names: says which extension was found, which are expected, and a name that works", async () => {
    const file = await write("dots.tar", [
      { name: "photo.000.txt", bytes: text("x") },
      { name: "photo.001.jpg", bytes: fixture.jpegs[0]! },
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
    expect(warnings).toEqual(["1 of 3 samples has no picture and will be skipped"])
    expect(report.skipped.map(({ rule }) => rule)).toEqual([
      "it has no picture: found .cls, expected .jpg, .jpeg, .png, .webp, .avif, .tif, .tiff, .gif",
    ])
  })

  test("a pattern without match is ShardsNotFound and suggests", async () => {
    const error = await failureWith(path.join(fixture.folder, "good/00000*.tra"), count)
    expect(error).toMatchObject({ _tag: "ShardsNotFound", folder: path.join(fixture.folder, "good") })
    expect(error.remedy).toContain("00000.tar")
  })

  test("a folder without tar files is ShardsNotFound", async () => {
    await mkdir(path.join(fixture.folder, "hollow"))
    expect(await failureWith(path.join(fixture.folder, "hollow"), count)).toMatchObject({ _tag: "ShardsNotFound" })
  })

  test.each(["missing/*.tar", "missing", "good/00000.tar/*.tar", "good/00000.tar/x"])(
    "%s, which cannot be listed or read, is FileUnreadable with a remedy",
    async (pattern) => {
      const error = await failureWith(path.join(fixture.folder, pattern), count)
      expect(error).toMatchObject({ _tag: "FileUnreadable" })
      expect(error.remedy).toMatch(/path/)
    },
  )

  test("a truncated shard is TarTruncated, or gives its whole samples where that is asked for", async () => {
    const whole = await readFile(await write("whole.tar", good(0, 4)))
    const file = path.join(fixture.folder, "cut.tar")
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
