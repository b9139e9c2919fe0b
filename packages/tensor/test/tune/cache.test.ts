import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import * as fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { cacheOf, decodeTuning, emptyCache, encodeTuning, mergeCaches, type TuningEntry } from "../../src/index.ts"
import { readTuning, tuningPath, writeTuning } from "../../src/decisions/file.ts"
import { shippedTuning } from "../../src/decisions/shipped.ts"

const entry: TuningEntry = {
  candidates: "0badcafe",
  winner: { rows: 24, order: "rows" },
  gain: 1.25,
  measurements: [
    { choice: { rows: 24, order: "rows" }, outcome: "measured", milliseconds: [1.5, 1.25] },
    { choice: { rows: 32, order: "rows" }, outcome: "invalid", milliseconds: [], reason: 'no "such" type' },
  ],
}

const cache = cacheOf("an adapter", { "contract 1x2x3 nn": entry })

let folder = ""
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "diva-tuning-"))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

describe("a cache's text", () => {
  it("reads back as what was written", () => {
    expect(decodeTuning(encodeTuning(cache), "here")).toEqual(E.right(cache))
    expect(decodeTuning(encodeTuning(emptyCache), "here")).toEqual(E.right(emptyCache))
  })

  it("has one measurement a line and does not depend on the order of writing", () => {
    const two = { a: entry, b: { ...entry, gain: 2 } }
    expect(encodeTuning(cacheOf("x", { b: two.b, a: two.a }))).toBe(encodeTuning(cacheOf("x", two)))
    expect(encodeTuning(cache).split("\n")).toContain(
      '          {"choice":{"rows":24,"order":"rows"},"outcome":"measured","milliseconds":[1.5,1.25]},',
    )
  })

  it.each([
    ["nothing", ""],
    ["another format", '{"format":"other","version":1,"adapters":{}}'],
    ["a later version", '{"format":"diva-tuning","version":2,"adapters":{}}'],
    ["a list of adapters", '{"format":"diva-tuning","version":1,"adapters":[]}'],
    ["an entry without a winner", encodeTuning(cache).replace('"winner"', '"loser"')],
    ["a winner with a list in it", encodeTuning(cache).replace('"rows":24', '"rows":[24]')],
  ])("that is %s is a typed warning", (_what, text) => {
    const decoded = decodeTuning(text, "here")
    expect(decoded).toMatchObject(E.left({ _tag: "TuningCacheInvalid", where: "here" }))
  })

  it("cut off anywhere is a warning or the whole cache, never an exception", () => {
    const text = encodeTuning(cache)
    fc.assert(
      fc.property(fc.nat(text.length - 3), (length) => E.isLeft(decodeTuning(text.slice(0, length), "here"))),
      { seed: 7 },
    )
  })
})

describe("a cache's file", () => {
  it("keeps what it held where nothing newer is known", () => {
    const file = path.join(folder, "deep", "tuning.json")
    writeTuning(cache, file)
    writeTuning(cacheOf("another", { other: entry }), file)
    const newer = { ...entry, gain: 3 }
    writeTuning(cacheOf("an adapter", { "contract 1x2x3 nn": newer }), file)
    const expected = mergeCaches(
      cacheOf("an adapter", { "contract 1x2x3 nn": newer }),
      cacheOf("another", { other: entry }),
    )
    expect(readTuning(file)).toEqual({ cache: expected, warnings: [] })
    expect(fs.readdirSync(path.dirname(file))).toEqual(["tuning.json"])
  })

  it("that is missing is empty, without a word", () => {
    expect(readTuning(path.join(folder, "none.json"))).toEqual({ cache: emptyCache, warnings: [] })
  })

  it("that is damaged or not a file is empty, with a warning, and is replaced by the next write", () => {
    const file = path.join(folder, "tuning.json")
    fs.writeFileSync(file, '{"format":')
    expect(readTuning(file)).toMatchObject({
      cache: emptyCache,
      warnings: [{ _tag: "TuningCacheInvalid", where: file }],
    })
    writeTuning(cache, file)
    expect(readTuning(file)).toEqual({ cache, warnings: [] })
    expect(readTuning(folder)).toMatchObject({ cache: emptyCache, warnings: [{ _tag: "TuningCacheInvalid" }] })
  })

  it("may have been saved by an editor that marks the encoding and ends lines with CRLF", () => {
    const file = path.join(folder, "edited.json")
    writeTuning(cache, file)
    fs.writeFileSync(file, `\uFEFF${fs.readFileSync(file, "utf8").replaceAll("\n", "\r\n")}`)
    expect(readTuning(file)).toEqual({ cache, warnings: [] })
  })

  it("leaves nothing beside it when it cannot be written", () => {
    const taken = path.join(folder, "taken")
    fs.mkdirSync(path.join(taken, "inside"), { recursive: true })
    expect(() => writeTuning(cache, taken)).toThrow(/rename|directory/i)
    expect(fs.readdirSync(folder)).toEqual(["taken"])
  })

  it("lies where the system keeps caches, or where DIVA_TUNING says", () => {
    const at = (platform: string, env: Record<string, string> = {}) => tuningPath({ platform, env, home: "/home/me" })
    expect(at("linux")).toBe("/home/me/.cache/diva/tuning.json")
    expect(at("linux", { XDG_CACHE_HOME: "/cache" })).toBe("/cache/diva/tuning.json")
    expect(at("darwin")).toBe("/home/me/Library/Caches/diva/tuning.json")
    expect(at("linux", { DIVA_TUNING: "/x.json" })).toBe("/x.json")
  })
})

it("shipped caches read as caches do", () => {
  for (const shipped of shippedTuning)
    expect(decodeTuning(JSON.stringify(shipped), "shipped")).toEqual(E.right(shipped))
})
