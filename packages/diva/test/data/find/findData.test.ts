import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { Effect } from "effect"
import * as fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { bracesExpanded } from "../../../src/data/find/glob.ts"
import { findData } from "../../../src/data/find/findData.ts"

let folder = ""
const at = (...names: readonly string[]): string => path.join(folder, ...names)
const put = async (name: string, content = ""): Promise<void> => {
  await mkdir(path.dirname(at(name)), { recursive: true })
  await writeFile(at(name), content)
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "find-"))
  for (const name of ["a/00.tar", "a/01.tar", "a/03.tar.gz", "a/._00.tar", "a/.hidden/9.tar", "a/deep/er/02.tgz"])
    await put(name)
  for (const name of ["pictures/one.JPG", "pictures/sub/two.webp", "pictures/one.txt", "pictures/Thumbs.db"])
    await put(name)
  await put("store/x.tar")
  await put("[odd]/{1,2}.tar")
  await put("empty/readme.md")
  await put("list.txt", "\uFEFF# shards\r\na/0[01].tar\r\n\r\npictures\r\n")
  await put("loop.txt", "list2.txt\n")
  await put("list2.txt", "loop.txt\n")
  await mkdir(at("links"))
  await symlink("../store", at("links/b"))
  await symlink("../links", at("links/again"))
})
afterAll(() => rm(folder, { recursive: true }))

const found = async (...sources: readonly string[]): Promise<readonly string[]> =>
  (await Effect.runPromise(findData(sources.map((source) => at(source))))).map((place) =>
    path.relative(folder, place.path),
  )
const failure = (source: string) => Effect.runPromise(Effect.flip(findData(at(source))))

describe("data is found", () => {
  test.each([
    ["a", ["a/00.tar", "a/01.tar", "a/03.tar.gz", "a/deep/er/02.tgz"]],
    ["a/*.tar", ["a/00.tar", "a/01.tar"]],
    ["a/0?.tar", ["a/00.tar", "a/01.tar"]],
    ["a/0[!0].tar", ["a/01.tar"]],
    ["a/{00..01}.tar", ["a/00.tar", "a/01.tar"]],
    ["a/{01,00}.tar", ["a/00.tar", "a/01.tar"].toReversed()],
    ["a/**/*.tgz", ["a/deep/er/02.tgz"]],
    ["*/*.tar", ["[odd]/{1,2}.tar", "a/00.tar", "a/01.tar", "store/x.tar"]],
    ["links/*/*.tar", ["links/b/x.tar"]],
    ["links", ["links/b/x.tar"]],
    ["[odd]/{1,2}.tar", ["[odd]/{1,2}.tar"]],
    ["pictures", ["pictures"]],
    ["list.txt", ["a/00.tar", "a/01.tar", "pictures"]],
  ])("%s", async (source, expected) => {
    expect(await found(source)).toEqual(expected)
  })

  test("in the order given, and none twice", async () => {
    expect(await found("store", "a/01.tar", "a/*.tar")).toEqual(["store/x.tar", "a/01.tar", "a/00.tar"])
  })
})

describe("what is not there is named", () => {
  test("every name that braces stand for", async () => {
    const error = await failure("a/{00..03}.tar")
    expect(error).toMatchObject({
      _tag: "ShardsNotFound",
      rule: "2 of the 4 files it names are absent: 02.tar, 03.tar",
    })
  })

  test("a folder without data, and a list that leads to itself", async () => {
    expect(await failure("empty")).toMatchObject({ _tag: "ShardsNotFound", rule: expect.stringContaining("readme.md") })
    expect(await failure("loop.txt")).toMatchObject({ rule: expect.stringContaining("includes itself") })
  })
})

describe("braces", () => {
  test.each([
    ["x", ["x"]],
    ["{0..2}", ["0", "1", "2"]],
    ["{08..11}", ["08", "09", "10", "11"]],
    ["{2..0}", ["2", "1", "0"]],
    ["a{b,c{d,e}}f", ["abf", "acdf", "acef"]],
    ["{a,b}{1..2}", ["a1", "a2", "b1", "b2"]],
    ["{a}", ["{a}"]],
    ["{a", ["{a"]],
    ["{a,}", ["a", ""]],
  ])("%s", (pattern, expected) => {
    expect(bracesExpanded(pattern)).toEqual(expected)
  })

  test("any text ends, and without commas and dots it is itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("{", "}", "a", "*"), maxLength: 12 }), (text) => {
        expect(bracesExpanded(text)).toEqual([text])
      }),
    )
  })
})
