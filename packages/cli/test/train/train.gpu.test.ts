import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { runCli, type Ended } from "../runCli.ts"
import { smallWorld, type SmallWorld } from "./smallWorld.ts"

const metrics = (out: string): readonly string[] => readFileSync(join(out, "metrics.jsonl"), "utf8").trim().split("\n")

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

describe("diva train", () => {
  let world: SmallWorld
  let ended: Ended
  beforeAll(async () => {
    world = await smallWorld({}, mkdtempSync(join(tmpdir(), "diva-train-")))
    ended = await runCli("train", "--config", world.config)
  })
  afterAll(() => rmSync(world.folder, { recursive: true }))

  it("trains from files, and leaves weights, checkpoints, metrics and a manifest", () => {
    const { out } = world
    const { code, text, problem } = ended
    expect(problem).toContain("3 updates, 4 images each")
    expect(code).toBe(0)
    expect(text).toMatch(/loss \d\.\d{4} → \d\.\d{4}/)
    expect(metrics(out)).toHaveLength(3)
    for (const name of ["clip.safetensors", "manifest.json", "checkpoints"])
      expect(existsSync(join(out, name))).toBe(true)
  })

  it("will not continue a run unasked, nor under other settings", async () => {
    const { config } = world
    const again = await runCli("train", "--config", config)
    expect(again.code).toBe(2)
    expect(again.problem).toContain("RunExists")
    expect(again.problem).toContain("--resume")
    const other = await runCli("train", "--config", config, "--resume", "--learning-rate", "0.5")
    expect(other.code).toBe(2)
    expect(other.problem).toContain("SettingsDiffer")
    expect(other.problem).toMatch(/optimisation\.schedule .*, now /)
    expect(other.problem).toContain("--learning-rate")
  })
})

describe("diva train --dry-run", () => {
  it("prints plan, peak memory and steps, and computes nothing", async () => {
    const { config, out } = await smallWorld()
    const { code, text, notes } = await runCli("train", "--config", config, "--dry-run")
    expect(code).toBe(0)
    // It takes seconds in one piece: a log hears of it at once.
    expect(notes).toContain("planning the micro-step")
    expect(text).toMatch(/peak memory +[\d.]+ [KM]iB on the device/)
    expect(text).toMatch(/micro-step +\d+ dispatches of \d+ kernels/)
    expect(text).toContain("3 updates into")
    expect(text).toContain("12 samples")
    expect(existsSync(out)).toBe(false)
  })
})
