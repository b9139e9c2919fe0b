import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { writeTar, type TarMember } from "@diva/diva"
import { Effect } from "effect"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { smallWorld } from "./smallWorld.ts"

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

async function* members(names: readonly string[]): AsyncGenerator<TarMember> {
  for (const name of names) yield { name, bytes: new TextEncoder().encode("text") }
}

const shardOf = (folder: string, ...names: readonly string[]): Promise<string> => {
  const file = join(folder, "other.tar")
  return Effect.runPromise(Effect.as(writeTar(file, members(names)), file))
}

describe("diva train --dry-run fails as the run would", () => {
  it("for weights that do not exist", async () => {
    const { config, folder, out } = await smallWorld()
    const { code, problem } = await runCli(
      "train",
      "--config",
      config,
      "--clip",
      join(folder, "clipp.pth"),
      "--dry-run",
    )
    expect([code, problem]).toEqual([6, expect.stringContaining("FileUnreadable")])
    expect(problem).toContain("clipp.pth")
    expect(existsSync(out)).toBe(false)
  })

  it("for weights of another model, naming what does not fit", async () => {
    const { config, folder } = await smallWorld()
    const wider = JSON.parse(readFileSync(join(folder, "clip.json"), "utf8")) as object
    writeFileSync(join(folder, "wider.json"), JSON.stringify({ ...wider, vision_layers: 2 }))
    const flags = ["--clip-config", join(folder, "wider.json"), "--dry-run"]
    const { code, problem } = await runCli("train", "--config", config, ...flags)
    expect([code, problem]).toEqual([6, expect.stringContaining("NamesMismatch")])
    expect(problem).toContain("visual.transformer.resblocks.1")
  })

  it("for shards that hold samples and no picture", async () => {
    const { config, folder } = await smallWorld()
    const data = await shardOf(folder, "0001.txt", "0001.json", "0002.txt")
    const { code, problem } = await runCli("train", "--config", config, "--data", data, "--dry-run")
    expect(code).toBe(6)
    expect(problem).toContain("ShardsEmpty in ")
    expect(problem).toContain("other.tar")
  })

  it("for pictures none of which can be read", async () => {
    const { config, folder } = await smallWorld()
    const data = await shardOf(folder, "0001.jpg", "0002.jpg", "0003.jpg")
    const { code, problem } = await runCli("train", "--config", config, "--data", data, "--dry-run")
    expect([code, problem]).toEqual([6, expect.stringContaining("TooManyBadSamples")])
  })
})

describe("diva train --resume", () => {
  it("with a mistyped folder begins no new run, and names the one beside it", async () => {
    const { config, folder, out } = await smallWorld({ updates: 1 })
    mkdirSync(out)
    writeFileSync(join(out, "manifest.json"), "{}")
    const mistyped = join(folder, "rum")
    const { code, problem } = await runCli("train", "--config", config, "--resume", "--out", mistyped)
    expect([code, problem]).toEqual([2, expect.stringContaining("RunMissing")])
    expect(problem).toContain(`did you mean --out ${out}?`)
    expect(existsSync(mistyped)).toBe(false)
  })

  it("where nothing is near says how a new run begins", async () => {
    const { config, folder } = await smallWorld()
    const empty = join(folder, "elsewhere")
    cpSync(join(folder, "clip.json"), join(empty, "clip.json"))
    const { code, problem } = await runCli("train", "--config", config, "--resume", "--out", join(empty, "x"))
    expect([code, problem]).toEqual([2, expect.stringContaining("without --resume a new run starts there")])
  })
})
