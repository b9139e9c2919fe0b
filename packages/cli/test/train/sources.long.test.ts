import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { smallWorld, type SmallWorld } from "./smallWorld.ts"
import { lossesOf, withoutFiles } from "./withoutFiles.ts"

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

const bytesOf = ({ out }: SmallWorld): Buffer => readFileSync(join(out, "clip.safetensors"))

describe("diva train on files of any format", () => {
  it("ends with the same bits whether CLIP came as safetensors or as .pth", async () => {
    const [plain, torch] = [await smallWorld(), await smallWorld()]
    const [from, to] = [join(torch.folder, "clip.safetensors"), join(torch.folder, "clip.pth")]
    expect((await runCli("convert", from, to)).code).toBe(0)
    expect((await runCli("train", "--config", plain.config)).code).toBe(0)
    expect((await runCli("train", "--config", torch.config, "--clip", to)).code).toBe(0)
    expect(bytesOf(torch).equals(bytesOf(plain))).toBe(true)
  })
})

describe("diva train without files", () => {
  it("plans before anything is rendered or drawn, and a row's own condition", async () => {
    const flags = ["--row", "metaclip-l14-224", "--synthetic-weights", "--demo-data", "--batch", "1", "--dry-run"]
    const { code, text } = await runCli("train", ...flags, "--f16-frozen", "--images-per-update", "1", "--updates", "1")
    expect(code).toBe(0)
    expect(text).toContain("304,753,664 numbers")
    expect(text).toMatch(/peak memory +[\d.]+ GiB on the device/)
    expect(text).toContain("64 samples")
  })

  it("stores frozen weights in f16 with losses that differ in the third digit at most", async () => {
    const worlds = [await smallWorld(), await smallWorld()] as const
    const full = await runCli("train", "--config", worlds[0].config, ...withoutFiles)
    const half = await runCli("train", "--config", worlds[1].config, "--f16-frozen", ...withoutFiles)
    const [expected, found] = [lossesOf(full.out), lossesOf(half.out)]
    expect(found).toHaveLength(3)
    expect(found).not.toEqual(expected)
    found.forEach((loss, i) => expect(Math.abs(loss / expected[i]! - 1)).toBeLessThan(5e-3))
  })

  it("reaches the settings of the run: the row's condition unless another is asked for", async () => {
    const conditionOf = async (...flags: readonly string[]): Promise<unknown> => {
      const world = await smallWorld({ patches: undefined })
      const run = await runCli("train", "--config", world.config, ...withoutFiles, "--stop-after", "1", ...flags)
      expect(run.code).toBe(0)
      const manifest = JSON.parse(readFileSync(join(world.out, "manifest.json"), "utf8")) as {
        readonly settings: { readonly condition: string; readonly frozenStorage?: string }
      }
      return [manifest.settings.condition, manifest.settings.frozenStorage]
    }
    expect(await conditionOf("--row", "dfn-h14-224", "--f16-frozen")).toEqual(["allPatches", "f16"])
    expect(await conditionOf("--row", "dfn-h14-224", "--patches", "3")).toEqual(["randomPatches(3)", undefined])
  })
})
