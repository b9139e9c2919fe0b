import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { smallWorld } from "./smallWorld.ts"

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

describe("diva train, by what its flags say of data", () => {
  it("refuses a shard that is cut off, or uses what is whole of it and says so", async () => {
    const { config, folder } = await smallWorld()
    const cut = join(folder, "cut.tar")
    const bytes = readFileSync(join(folder, "scenes.tar"))
    writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.byteLength * 0.6)))
    const train = (...flags: readonly string[]) =>
      runCli("train", "--config", config, "--data", cut, "--dry-run", ...flags)
    const refused = await train()
    expect([refused.code, refused.problem]).toEqual([6, expect.stringContaining("--truncated keepWhole")])
    const used = await train("--truncated", "keepWhole")
    expect([used.code, used.problem]).toEqual([0, expect.stringContaining("nothing can be read beyond byte")])
  })
})
