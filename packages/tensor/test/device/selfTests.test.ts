import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { FeatureName } from "../../src/device/features.ts"
import { selfTestsInFile } from "../../src/device/selfTest/file.ts"
import { selfTestsInMemory, type SelfTestMemory } from "../../src/device/selfTest/memory.ts"
import {
  begin,
  decodeSelfTests,
  emptySelfTests,
  encodeSelfTests,
  finish,
  withAdapter,
} from "../../src/device/selfTest/results.ts"
import type { Examined } from "../../src/device/selfTest/selfTest.ts"
import { selfTest } from "../../src/device/selfTest/trust.ts"

const right = { passed: true, found: "right", seconds: 0.1 }
const wrong = { passed: false, found: "wrong", seconds: 0.1 }
const units = {
  shapes: [{ m: 16, n: 8, k: 16, operands: "f16", sums: "f32" }],
  spelling: { columnsFirst: true, orderInTemplate: true },
} as const

/** A memory in which some features have been tested already. */
const knowing = (known: Partial<Record<FeatureName, typeof right>>): SelfTestMemory => {
  const memory = selfTestsInMemory()
  for (const [feature, finding] of Object.entries(known)) memory.finish("a", feature as FeatureName, finding)
  return memory
}

const neverOpened = (): Promise<Examined> => Promise.reject(new Error("nobody should open a device"))

describe("a feature", () => {
  it("that is remembered is not tested again", async () => {
    const memory = knowing({ subgroups: right, "shader-f16": wrong })
    const offered = ["subgroups", "shader-f16"] as const
    const results = await selfTest({ key: "a", offered, open: neverOpened }, memory)
    expect(results).toEqual([
      { feature: "subgroups", remembered: true, ...right },
      { feature: "shader-f16", remembered: true, ...wrong },
    ])
  })

  it("is not tested where one that it needs was wrong", async () => {
    const memory = knowing({ subgroups: right, "shader-f16": wrong })
    const offered = ["subgroups", "shader-f16", "subgroup-matrix"] as const
    const results = await selfTest({ key: "a", offered, open: neverOpened }, memory)
    expect(results.map(({ feature }) => feature)).toEqual(["subgroups", "shader-f16"])
  })

  it("whose device cannot be opened is not used, and the next is tested all the same", async () => {
    const opened: (readonly FeatureName[])[] = []
    const open = (features: readonly FeatureName[]): Promise<Examined> => {
      opened.push(features)
      return Promise.reject(new Error("lost\nand more"))
    }
    const offered = ["timestamp-query", "unclamped-indices", "subgroups"] as const
    const results = await selfTest({ key: "a", offered, open }, selfTestsInMemory())
    expect(results.map(({ passed, found }) => ({ passed, found }))).toEqual([
      { passed: false, found: "the test failed: lost" },
      { passed: false, found: "the test failed: lost" },
    ])
    expect(opened).toEqual([["unclamped-indices"], ["subgroups"]])
  })

  it("is tested together with those found right before it", async () => {
    const opened: (readonly FeatureName[])[] = []
    const open = (features: readonly FeatureName[]): Promise<Examined> => {
      opened.push(features)
      return Promise.reject(new Error("lost"))
    }
    await selfTest(
      { key: "a", offered: ["unclamped-indices", "subgroups"], open },
      knowing({ "unclamped-indices": right }),
    )
    expect(opened).toEqual([["unclamped-indices", "subgroups"]])
  })

  it("whose test twice ended the process counts as wrong", async () => {
    const memory = selfTestsInMemory()
    memory.begin("a", "subgroups")
    memory.begin("a", "subgroups")
    const results = await selfTest({ key: "a", offered: ["subgroups"], open: neverOpened }, memory)
    expect(results).toMatchObject([{ feature: "subgroups", passed: false, found: "its test ended the process" }])
  })
})

describe("the text of remembered results", () => {
  const cache = withAdapter(
    withAdapter(emptySelfTests, "a", finish("subgroup-matrix", { ...right, matrixUnits: units })),
    "a",
    begin("subgroups", 17),
  )

  it("reads back as it was", () => {
    expect(decodeSelfTests(encodeSelfTests(cache))).toEqual(E.right(cache))
  })

  it.each([
    ["no JSON", "{", /no results/],
    ["another file", '{"format":"diva-tuning"}', /no results/],
    ["older tests", encodeSelfTests(cache).replace('"version": 1', '"version": 0'), /others/],
    ["an unknown feature", encodeSelfTests(cache).replace('"subgroups"', '"tensor-cores"'), /damaged/],
    ["a shape without an extent", encodeSelfTests(cache).replace('"n": 8', '"n": 0'), /damaged/],
    ["a result without words", encodeSelfTests(cache).replace('"found"', '"said"'), /damaged/],
  ])("is refused as %s", (_, text, why) => {
    expect(decodeSelfTests(text)).toEqual(E.left(expect.stringMatching(why)))
  })

  it("forgets that a test was begun once it has a result", () => {
    const done = withAdapter(cache, "a", finish("subgroups", wrong))
    expect(done.adapters["a"]).toMatchObject({ begun: {}, results: { subgroups: wrong } })
  })
})

describe("a file of results", () => {
  let folder: string
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "diva-self-tests-"))
  })
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

  it("is read by the next process, each adapter for itself", () => {
    const file = path.join(folder, "deep", "features.json")
    selfTestsInFile(file).finish("a", "subgroups", right)
    selfTestsInFile(file).finish("b", "shader-f16", wrong)
    expect(selfTestsInFile(file).recall("a").results).toEqual({ subgroups: right })
    expect(selfTestsInFile(file).recall("b").results).toEqual({ "shader-f16": wrong })
  })

  it("that is damaged counts as empty and is written anew", () => {
    const file = path.join(folder, "features.json")
    fs.writeFileSync(file, "{")
    const memory = selfTestsInFile(file)
    expect(memory.recall("a").results).toEqual({})
    memory.finish("a", "subgroups", right)
    expect(selfTestsInFile(file).recall("a").results).toEqual({ subgroups: right })
  })

  it("that cannot be written leaves results to the process", () => {
    fs.writeFileSync(path.join(folder, "taken"), "")
    const memory = selfTestsInFile(path.join(folder, "taken", "features.json"))
    memory.begin("a", "subgroups")
    memory.finish("a", "subgroups", right)
    expect(memory.recall("a").results).toEqual({ subgroups: right })
  })

  it("knows a test that ended its process from one that is under way", () => {
    const file = path.join(folder, "features.json")
    // No process has this number: the largest that Linux gives is 2²² − 1.
    const text = encodeSelfTests(
      withAdapter(
        withAdapter(emptySelfTests, "a", begin("subgroups", 2 ** 22)),
        "a",
        begin("shader-f16", process.ppid),
      ),
    )
    fs.writeFileSync(file, text)
    expect(selfTestsInFile(file).recall("a").begun).toEqual({ subgroups: { process: 2 ** 22, times: 1 } })
  })
})
