import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { smallWorld } from "./smallWorld.ts"

interface Event {
  readonly event: string
  readonly update?: number
  readonly loss?: number
}

const events = (out: readonly string[]): readonly Event[] => out.map((line) => JSON.parse(line) as Event)

const metrics = (out: string): readonly string[] => readFileSync(join(out, "metrics.jsonl"), "utf8").trim().split("\n")

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

describe("diva train", () => {
  it("trains from files, and leaves weights, checkpoints, metrics and a manifest", async () => {
    const { config, out } = await smallWorld()
    const { code, text, problem } = await runCli("train", "--config", config)
    expect(problem).toContain("3 updates, 4 images each")
    expect(code).toBe(0)
    expect(text).toMatch(/loss \d\.\d{4} → \d\.\d{4}/)
    expect(metrics(out)).toHaveLength(3)
    for (const name of ["clip.safetensors", "manifest.json", "checkpoints"])
      expect(existsSync(join(out, name))).toBe(true)
  })

  it("stops where told and goes on to the same bits as a run that never stopped", async () => {
    const whole = await smallWorld()
    const stopped = await smallWorld()
    await runCli("train", "--config", whole.config)
    expect((await runCli("train", "--config", stopped.config, "--stop-after", "1")).code).toBe(0)
    expect(existsSync(join(stopped.out, "clip.safetensors"))).toBe(false)
    const { code, problem } = await runCli("train", "--config", stopped.config, "--resume")
    expect(code).toBe(0)
    expect(problem).toContain("resuming after update 1 of 3")
    expect(
      readFileSync(join(stopped.out, "clip.safetensors")).equals(readFileSync(join(whole.out, "clip.safetensors"))),
    ).toBe(true)
  })

  it("will not continue a run unasked, nor under other settings", async () => {
    const { config } = await smallWorld({ updates: 1 })
    await runCli("train", "--config", config)
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

  it("prints one JSON line per event when asked", async () => {
    const { config } = await smallWorld()
    const { code, out, notes } = await runCli("train", "--config", config, "--json")
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
    expect(
      events(out)
        .flatMap(({ loss }) => loss ?? [])
        .every((loss) => loss > 0),
    ).toBe(true)
  })
})

/** Runs the program in a process of its own, as a terminal does, and presses Ctrl-C after the first update. */
const interrupted = async (config: string) => {
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))
  const child = spawn(process.execPath, [main, "train", "--config", config, "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
  })
  const lines: string[] = []
  const closed = new Promise<number | null>((resolve) => void child.on("close", resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    // A second signal would end the process at once.
    if (line.includes('"event":"step"') && !child.killed) child.kill("SIGINT")
  }
  return { code: await closed, events: events(lines) }
}

describe("Ctrl-C", () => {
  it("finishes the update under way, saves it, and exits with 130; the run goes on from there", async () => {
    const { config } = await smallWorld({ updates: 400 })
    const { code, events: told } = await interrupted(config)
    expect(code).toBe(130)
    const last = told.findLast(({ event }) => event === "step")!.update!
    expect(last).toBeLessThan(400)
    expect(told.slice(-2)).toMatchObject([
      { event: "checkpointed", update: last },
      { event: "interrupted", update: last },
    ])
    const resumed = await runCli("train", "--config", config, "--resume", "--json", "--stop-after", String(last + 1))
    expect(resumed.code).toBe(0)
    expect(JSON.parse(resumed.out[0]!)).toMatchObject({ event: "started", from: last })
  })
})

describe("diva train --dry-run", () => {
  it("prints plan, peak memory and steps, and computes nothing", async () => {
    const { config, out } = await smallWorld()
    const { code, text } = await runCli("train", "--config", config, "--dry-run")
    expect(code).toBe(0)
    expect(text).toMatch(/peak memory +[\d.]+ [KM]iB on the device/)
    expect(text).toMatch(/micro-step +\d+ dispatches of \d+ kernels/)
    expect(text).toContain("3 updates into")
    expect(text).toContain("12 samples")
    expect(existsSync(out)).toBe(false)
  })

  it("predicts the memory that the run then announces", async () => {
    const { config } = await smallWorld({ updates: 1 })
    const planned = JSON.parse((await runCli("train", "--config", config, "--dry-run", "--json")).text) as {
      readonly peakBytes: number
    }
    const [started] = (await runCli("train", "--config", config, "--json")).out.map(
      (line) => JSON.parse(line) as { readonly peakBytes: number },
    )
    expect(planned.peakBytes / started!.peakBytes).toBeGreaterThan(0.9)
    expect(planned.peakBytes / started!.peakBytes).toBeLessThan(1.1)
  })
})
