import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { smallWorld } from "./smallWorld.ts"
import { events } from "./toldEvents.ts"

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

describe("diva train", () => {
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
