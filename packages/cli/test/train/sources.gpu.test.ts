import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { smallWorld } from "./smallWorld.ts"
import { events } from "./toldEvents.ts"
import { lossesOf, withoutFiles } from "./withoutFiles.ts"

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

describe("diva train without files", () => {
  it("draws weights of the models' names and shapes, renders scenes, needs neither, and prints one JSON line per event when asked", async () => {
    const world = await smallWorld({ data: undefined, clip: undefined, sd: undefined })
    const { code, out, notes } = await runCli("train", "--config", world.config, ...withoutFiles)
    expect(code).toBe(0)
    expect(notes).toEqual([])
    expect(events(out).map(({ event }) => event)).toEqual([
      "started",
      "step",
      "step",
      "step",
      "checkpointed",
      "finished",
    ])
    expect(lossesOf(out)).toHaveLength(3)
    expect(lossesOf(out).every((loss) => loss > 0)).toBe(true)
    const manifest = JSON.parse(readFileSync(join(world.out, "manifest.json"), "utf8")) as {
      readonly weights: Readonly<Record<string, string>>
    }
    expect(Object.values(manifest.weights).every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true)
  })
})
