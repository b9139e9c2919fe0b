import * as fs from "node:fs"
import * as path from "node:path"
import { decodeTuning } from "@diva/tensor"
import { readTuning } from "@diva/tensor/tuning-file"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { runCli } from "../runCli.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

describe("diva profile on this machine's adapter", () => {
  it("prints tables, and writes a trace and a picture", async () => {
    const folder = temporaryFolder()
    const [trace, svg] = [path.join(folder, "trace.json"), path.join(folder, "picture.svg")]
    const { code, text, notes } = await runCli("profile", "block:9x16x2", "--runs", "2", "--trace", trace, "--svg", svg)
    // A slow machine hears what is being done.
    expect(notes).toContain("planning block 9x16x2 …")
    expect(
      notes.filter((note) => !/^(opening|compiling|running|measuring|[█░]+) |…|kernels compiled/.test(note)),
    ).toEqual([])
    expect(code).toBe(0)
    expect(text).toMatch(/^block 9x16x2 on /)
    expect(text).toMatch(/contract/)
    expect(JSON.parse(fs.readFileSync(trace, "utf8"))).toMatchObject({ displayTimeUnit: "ms" })
    expect(fs.readFileSync(svg, "utf8")).toMatch(/^<svg [^]*<\/svg>\n$/)
  })

  it("gives the same as data", async () => {
    const { code, out } = await runCli("profile", "matmul:8x8x8", "--runs", "1", "--json")
    expect(code).toBe(0)
    const found = JSON.parse(out[0]!) as {
      readonly total: { readonly flops: number }
      readonly steps: readonly object[]
    }
    expect(found.total.flops).toBe(2 * 8 ** 3)
    expect(found.steps).toHaveLength(1)
  })

  it("prints the plan alone when asked", async () => {
    const { code, text } = await runCli("profile", "block:9x16x2", "--dry-run")
    expect(code).toBe(0)
    expect(text).toMatch(/^block 9x16x2: \d+ dispatches of \d+ pipelines/)
    expect(text).toContain("predicted peak")
  })

  it("says which file it cannot write", async () => {
    const { code, problem } = await runCli(
      "profile",
      "matmul:8x8x8",
      "--runs",
      "1",
      "--svg",
      path.join(import.meta.filename, "x.svg"),
    )
    expect(code).toBe(7)
    expect(problem).toContain("x.svg")
  })
})

describe("diva tune on this machine's adapter", () => {
  it("decides, keeps the decisions, and has nothing left to do afterwards", async () => {
    const file = path.join(temporaryFolder(), "tuning.json")
    const args = ["tune", "attention:1x9x8", "--seconds", "4", "--out", file, "--json"] as const
    const first = await runCli(...args)
    expect(first.notes).toEqual([])
    expect(first.code).toBe(0)
    const report = JSON.parse(first.out[0]!) as {
      readonly decided: readonly object[]
      readonly left: readonly string[]
    }
    expect(E.isRight(decodeTuning(fs.readFileSync(file, "utf8"), file))).toBe(true)
    expect(report.decided.length).toBeGreaterThan(0)
    const second = JSON.parse((await runCli(...args)).out[0]!) as {
      readonly decided: readonly object[]
      readonly known: number
    }
    expect(second).toMatchObject({ decided: [], known: report.decided.length })
  })

  it("warns of a damaged file and replaces it", async () => {
    const file = path.join(temporaryFolder(), "tuning.json")
    fs.writeFileSync(file, "{")
    const { code, problem } = await runCli("tune", "attention:1x9x8", "--seconds", "2", "--out", file)
    expect(code).toBe(0)
    expect(problem).toContain("listing what there is to decide …")
    expect(problem).toContain("TuningCacheInvalid")
    expect(E.isRight(decodeTuning(fs.readFileSync(file, "utf8"), file))).toBe(true)
  })

  it("keeps decisions under the name it is told", async () => {
    const file = path.join(temporaryFolder(), "tuning.json")
    const { code } = await runCli("tune", "attention:1x9x8", "--seconds", "2", "--out", file, "--adapter", "any*")
    expect(code).toBe(0)
    expect(readTuning(file).cache.adapters).toHaveProperty(["any*"])
  })

  it("says before it measures that it cannot write", async () => {
    const { code, problem } = await runCli("tune", "attention:1x9x8", "--out", temporaryFolder())
    expect(code).toBe(7)
    expect(problem).toContain("diva-cli-")
  })

  it("lists what is to decide without measuring", async () => {
    const { code, out } = await runCli("tune", "attention:1x9x8", "attention:1x9x8", "--dry-run", "--json")
    expect(code).toBe(0)
    expect(JSON.parse(out[0]!)).toMatchObject({ problems: [{ uses: 2 }] })
  })
})
