import { createServer, type Server } from "node:http"
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { exitCodes } from "@diva/cli"
import { runCli } from "./runCli.ts"
import { temporaryFolder } from "./temporaryFolder.ts"

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
    expect(text).toContain("1 file, about 849 MiB")
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

describe("diva fetch from a mirror", () => {
  const content = "class names"
  const oid = createHash("sha1").update(`blob ${content.length}\0${content}`).digest("hex")
  /** What every repository of this mirror holds; a command takes the files it wants. */
  const names = [
    "README.md",
    "Questions.csv",
    "MLLM_VLM Images/State/1.jpg",
    "classnames.txt",
    "test/0.tar",
    "model_index.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model.safetensors",
    "unet/diffusion_pytorch_model.bin",
  ]
  const entries = names.map((name) => ({ type: "file", path: name, size: content.length, oid }))
  let mirror: Server
  beforeAll(async () => {
    mirror = createServer(({ url = "" }, response) => {
      if (url.startsWith("/api/")) response.end(JSON.stringify(entries))
      else response.end(content)
    })
    await new Promise<void>((listening) => mirror.listen(0, "127.0.0.1", listening))
    vi.stubEnv("HF_ENDPOINT", `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await new Promise((closed) => mirror.close(closed))
  })

  it.each([
    ["--mmvp", "dataset/MMVP_VLM/Questions.csv", 2],
    ["--sd", "pretrained_weights/SD/stable-diffusion-2-1-base/unet/diffusion_pytorch_model.safetensors", 3],
    ["--benchmarks", "dataset/benchmarks/wds_imagenet1k/test/0.tar", 56],
  ] as const)("%s lists what is wanted of each repository, and writes nothing", async (flag, file, count) => {
    const folder = temporaryFolder()
    const { code, text } = await runCli("fetch", flag, "--into", folder, "--allow-private", "--dry-run", "--json")
    expect(code).toBe(exitCodes.success)
    const items = JSON.parse(text) as readonly { file: string; bytes: number; licence: string }[]
    expect(items).toHaveLength(count)
    expect(items.map((item) => item.file)).toContain(join(folder, file))
    expect(items.every(({ bytes, licence }) => bytes === content.length && licence !== "")).toBe(true)
    expect(existsSync(join(folder, file))).toBe(false)
  })

  it("brings files to their places, and verifies them the next time", async () => {
    const folder = temporaryFolder()
    const fetched = await runCli("fetch", "--mmvp", "--into", folder, "--allow-private")
    expect([fetched.code, fetched.text]).toEqual([0, expect.stringContaining("2 files are in place")])
    expect(readFileSync(join(folder, "dataset/MMVP_VLM/Questions.csv"), "utf8")).toBe(content)
    expect((await runCli("fetch", "--mmvp", "--into", folder, "--allow-private")).problem).toContain(
      "is already there, verified",
    )
  })

  it("is refused on this machine unless that is allowed", async () => {
    const { code, problem } = await runCli("fetch", "--mmvp", "--dry-run")
    expect([code, problem]).toEqual([6, expect.stringContaining("--allow-private permits it")])
  })
})
