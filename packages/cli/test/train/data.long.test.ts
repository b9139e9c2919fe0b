import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { encodePng } from "@diva/models"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { smallWorld } from "./smallWorld.ts"

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

const linesOf = (file: string): readonly string[] => readFileSync(file, "utf8").trim().split("\n")

describe("diva train, by what its flags say of data", () => {
  it("ends with the same bits for any number of workers, and keeps as many checkpoints as it is told", async () => {
    const runs = []
    for (const workers of ["0", "2"]) {
      const world = await smallWorld()
      const flags = ["--workers", workers, "--data-order", "reservoir(4)", "--checkpoint-every", "1"]
      const { code } = await runCli("train", "--config", world.config, ...flags, "--keep-checkpoints", "1")
      expect(code).toBe(0)
      expect(readdirSync(join(world.out, "checkpoints"))).toHaveLength(1)
      runs.push(readFileSync(join(world.out, "clip.safetensors")))
    }
    expect(runs[0]!.equals(runs[1]!)).toBe(true)
  })

  it("ends where more samples are unusable than it is told to bear, and lists those that it bears", async () => {
    const { config, folder, out } = await smallWorld()
    const pictures = join(folder, "pictures")
    mkdirSync(pictures)
    for (let i = 0; i < 4; i++)
      writeFileSync(
        join(pictures, `${i}.png`),
        await encodePng({ width: 24, height: 24, data: new Uint8Array(1728).fill(i) }),
      )
    for (let i = 0; i < 20; i++) writeFileSync(join(pictures, `bad${i}.png`), "no picture")
    const train = (rate: string) => runCli("train", "--config", config, "--data", pictures, "--max-bad-rate", rate)
    const ended = await train("0")
    expect([ended.code, ended.problem]).toEqual([6, expect.stringContaining("8 + 0 % are allowed")])
    expect(ended.problem).toContain("--max-bad-rate")
    const { config: again, out: second } = await smallWorld({ data: pictures, "max-bad-rate": 1 })
    expect((await runCli("train", "--config", again)).code).toBe(0)
    expect(linesOf(join(second, "skipped.jsonl")).length).toBeGreaterThan(8)
    expect(readdirSync(out)).not.toContain("clip.safetensors")
  })
})
