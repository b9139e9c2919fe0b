import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, describe, expect, it, vi } from "vitest"
import { tinyWorld } from "../../diva/test/world/tinyWorld.ts"
import { runCli } from "./runCli.ts"

vi.setConfig({ testTimeout: 600_000 })

const folder = mkdtempSync(join(tmpdir(), "diva-study-"))
afterAll(() => rmSync(folder, { recursive: true }))

const settings = { updates: 1, "images-per-update": 2, batch: 2, "train-steps": 1, "warmup-ratio": 0 }
const study = {
  registered: { claim: "It helps.", arm: "own", against: "before", endpoint: "e", decision: "d", on: "today" },
  scenes: 4,
  sceneSeed: 3,
  classScenes: 4,
  benchmark: { seed: 8, pairs: 1 },
  arms: [
    { name: "own", asks: "Does it help?", seeds: [101, 102], settings },
    { name: "random", asks: "Whose knowledge?", seeds: [101], settings, prior: "random" },
  ],
}

const file = join(folder, "search.json")
writeFileSync(file, JSON.stringify(study))
const given = ["study", "--study", file, "--folder", join(folder, "runs"), "--world", join(folder, "world")]

const armsIn = (results: string): readonly string[] =>
  readFileSync(results, "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly arm: string }).arm)
    .toSorted()

describe("a study in several processes", () => {
  it("does every run once and writes results and page beside its file", async () => {
    await Effect.runPromise(Effect.scoped(tinyWorld(join(folder, "world"))))
    const { code, text, problem } = await runCli(...given, "--jobs", "2")
    expect(problem).toMatch(/\[1\] .*\n.*|\[2\] /)
    expect({ code, text }).toEqual({ code: 0, text: `${join(folder, "search.md")} is written; 0 runs are left` })
    expect(armsIn(join(folder, "search.results.jsonl"))).toEqual(["before", "own", "own", "random"])
    expect(readFileSync(join(folder, "search.md"), "utf8")).toContain("over 2 seeds")
  })

  it("goes on after a run that fails, and says in the end what its process said", async () => {
    const arms = [
      { ...study.arms[0]!, seeds: [103], settings: { ...settings, condition: "randomPatches(9999)" } },
      { ...study.arms[1]!, seeds: [104] },
    ]
    writeFileSync(file, JSON.stringify({ ...study, arms }))
    const { code, problem } = await runCli(...given, "--jobs", "2")
    expect(code).toBe(5)
    expect(problem).toMatch(/JobsFailed: process \d ended with 8: .*9999 of 4 patches/)
    expect(armsIn(join(folder, "search.results.jsonl"))).toEqual(["before", "own", "own", "random", "random"])
  })

  it("refuses an arm that there is none of", async () => {
    const { code, problem } = await runCli(...given, "--only", "own,theirs")
    expect(code).toBe(2)
    expect(problem).toContain('has no arm "theirs"')
  })
})
