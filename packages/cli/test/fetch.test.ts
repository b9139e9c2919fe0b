import { describe, expect, it } from "vitest"
import { exitCodes } from "@diva/cli"
import { runCli } from "./runCli.ts"

describe("diva fetch", () => {
  it("lists files, sizes, licences and destinations before anything is asked of a server", async () => {
    const { code, text } = await runCli("fetch", "--row", "openai-l14-336", "--dry-run")
    expect(code).toBe(exitCodes.success)
    for (const part of [
      "pretrained_weights/CLIP/ViT-L-14-336px.pt",
      "MIT (openai/CLIP)",
      "https://openaipublic.azureedge.net/clip/models/3035c92b",
    ])
      expect(text).toContain(part)
    expect(text).toContain("1 files, about 849 MiB")
  })

  it("gives the same as data, with checksums", async () => {
    const { text } = await runCli("fetch", "--row", "metaclip-h14-224", "--into", "/data", "--dry-run", "--json")
    expect(JSON.parse(text)).toMatchObject([
      { file: "/data/pretrained_weights/CLIP/MetaCLIP/h14_fullcc2.5b.pt", checksum: { algorithm: "sha256" } },
    ])
  })

  it("asks for something to fetch", async () => {
    const { code, problem } = await runCli("fetch")
    expect(code).toBe(exitCodes.usage)
    expect(problem).toContain("--mmvp")
  })
})
