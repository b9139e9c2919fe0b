import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { exitCodes } from "@diva/cli"
import { runCli } from "./runCli.ts"
import { temporaryFolder } from "./temporaryFolder.ts"

const run = (folder: string, updates: number): string => {
  mkdirSync(folder, { recursive: true })
  const machine = { vendor: "", architecture: "", description: "a machine", isSoftware: true }
  const launches = [{ started: "2024-01-01T00:00:00.000Z", ended: null, outcome: "finished", commandLine: [], machine }]
  const settings = { seed: 1, imagesPerUpdate: 4, batchSize: 2, optimisation: { updates: 10 } }
  writeFileSync(
    join(folder, "manifest.json"),
    JSON.stringify({ format: "diva-run", version: 1, settings, weights: {}, data: {}, launches }),
  )
  const lines = Array.from({ length: updates }, (_, i) => ({
    update: i + 1,
    loss: 1 / (i + 1),
    losses: [1 / (i + 1)],
    learningRate: 1e-4,
    gradientNorm: 1,
    seconds: 2,
  }))
  writeFileSync(join(folder, "metrics.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
  return folder
}

describe("diva runs", () => {
  it("lists runs with state, updates and last loss", async () => {
    const root = temporaryFolder()
    run(join(root, "one"), 4)
    run(join(root, "deep/two"), 10)
    const { code, text } = await runCli("runs", root)
    expect(code).toBe(exitCodes.success)
    expect(text).toMatch(/one\s+finished\s+4\/10\s+0\.2500/)
    expect(text).toMatch(/deep\/two\s+finished\s+10\/10\s+0\.1000/)
    expect(JSON.parse((await runCli("runs", root, "--json")).text)).toHaveLength(2)
  })

  it("says where it looked when there are none", async () => {
    const root = temporaryFolder()
    expect((await runCli("runs", root)).text).toBe(`no runs in ${root}`)
  })
})

describe("diva report", () => {
  it("writes a page into the first run's folder", async () => {
    const root = temporaryFolder()
    const [one, two] = [run(join(root, "one"), 4), run(join(root, "two"), 5)]
    const { code, text } = await runCli("report", one, two)
    expect(code).toBe(exitCodes.success)
    expect(text).toContain("report of 2 runs")
    expect(readFileSync(join(one, "report.html"), "utf8")).toContain("<title>one, two · diva</title>")
  })

  it("says what to do where there is no run", async () => {
    const { code, problem } = await runCli("report", temporaryFolder())
    expect(code).toBe(exitCodes.usage)
    expect(problem).toContain("manifest.json")
  })
})
