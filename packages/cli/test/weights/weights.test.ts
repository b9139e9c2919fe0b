import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { runCli } from "../runCli.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

const stored = fileURLToPath(new URL("../../../models/test/golden/08_containers", import.meta.url))
const file = (name: string): string => join(stored, name)

const inspected = async (path: string) => JSON.parse((await runCli("inspect", path, "--json")).text)

describe("diva inspect", () => {
  it("says container, names, model and element types", async () => {
    const { code, text } = await runCli("inspect", file("tiny_clip_jit_fp32.pt"))
    expect(code).toBe(0)
    expect(text).toContain("TorchScript")
    expect(text).toContain("38 F32 (155,585), 3 I64 (3)")
    expect(text).toContain("an OpenAI CLIP of its own size")
    expect(text).toContain("input_resolution, context_length, vocab_size")
    expect(text).not.toContain("visual.conv1.weight")
  })

  it("lists every tensor when asked", async () => {
    const { text } = await runCli("inspect", file("tiny_clip_fp32_zip.pt"), "--tensors")
    expect(text).toMatch(/visual\.conv1\.weight +F32 +\[64, 3, 14, 14\]/)
  })

  it("gives the same as data", async () => {
    const data = await inspected(file("tiny_clip_fp32_legacy.pt"))
    expect(data).toMatchObject({
      format: "PyTorch legacy",
      bytes: 622_340,
      others: [],
      parts: [{ kind: "clip", prefix: "" }],
    })
    expect(data.tensors).toHaveLength(38)
  })

  it("says the content's sum, and that no published file is known by it", async () => {
    const { text } = await runCli("inspect", file("views_zip.pt"), "--sha256")
    const sum = createHash("sha256")
      .update(readFileSync(file("views_zip.pt")))
      .digest("hex")
    expect(text).toMatch(new RegExp(`sha-256 +${sum}\\s+of no published file`))
    const { text: data } = await runCli("inspect", file("views_zip.pt"), "--sha256", "--json")
    expect(JSON.parse(data)).toMatchObject({ sha256: sum })
  })

  it("names what is of no known model", async () => {
    const { text } = await runCli("inspect", file("views_zip.pt"))
    expect(text).toContain("of no model this version knows (13)")
  })

  it.each([
    ["hostile/pickle_os_system.pt", 6, "posix.system"],
    ["hostile/zip_absurd_sizes.pt", 6, "ArchiveInvalid"],
    ["nowhere.pt", 6, "FileUnreadable"],
    ["manifest.json", 6, "FormatUnknown"],
  ])("refuses %s by name, with what to try", async (name, exitCode, what) => {
    const { code, problem } = await runCli("inspect", file(name))
    expect(code).toBe(exitCode)
    expect(problem).toContain(what)
    expect(problem).toContain("try")
  })
})

describe("diva convert", () => {
  it("takes a CLIP out in half precision, in a container PyTorch loads", async () => {
    const out = join(temporaryFolder(), "clip.pth")
    const { code, text } = await runCli(
      "convert",
      file("tiny_clip_jit_fp32.pt"),
      out,
      "--only",
      "clip",
      "--floats",
      "f16",
    )
    expect(code).toBe(0)
    expect(text).toContain("PyTorch zip  38 tensors")
    expect(await inspected(out)).toMatchObject({ format: "PyTorch zip", types: [{ dtype: "F16", tensors: 38 }] })
  })

  it("there and back gives the same file", async () => {
    const folder = temporaryFolder()
    const [once, pickle, twice] = ["1.safetensors", "2.pth", "3.safetensors"].map((name) => join(folder, name))
    await runCli("convert", file("views_zip.pt"), once!)
    await runCli("convert", once!, pickle!)
    await runCli("convert", pickle!, twice!, "--json")
    expect(readFileSync(twice!).equals(readFileSync(once!))).toBe(true)
  })

  it("writes the names that transformers and LLaVA load, and reads them again", async () => {
    const folder = temporaryFolder()
    const [there, back] = [join(folder, "model.safetensors"), join(folder, "back.pth")]
    await runCli("convert", file("tiny_clip_jit_fp32.pt"), there, "--names", "transformers")
    const { parts, tensors } = await inspected(there)
    expect(parts).toMatchObject([{ kind: "transformers clip", style: "transformers CLIPModel" }])
    expect(tensors).toContainEqual({ name: "visual_projection.weight", dtype: "F32", shape: [32, 64] })
    await runCli("convert", there, back, "--names", "openai")
    expect(await inspected(back)).toMatchObject({ parts: [{ kind: "clip", tensors: 38 }] })
  })

  it("resizes positions for larger images, and the copy is told as such", async () => {
    const out = join(temporaryFolder(), "larger.pth")
    const { code } = await runCli("convert", file("tiny_clip_fp32_zip.pt"), out, "--image-size", "70")
    expect(code).toBe(0)
    const { parts, tensors } = await inspected(out)
    expect(parts[0].inferred.image_resolution).toBe(70)
    expect(tensors).toContainEqual({ name: "visual.positional_embedding", dtype: "F32", shape: [26, 64] })
  })

  it("says what it would write without writing", async () => {
    const out = join(temporaryFolder(), "x.safetensors")
    const { code, text } = await runCli("convert", file("tiny_clip_fp32_zip.pt"), out, "--dry-run")
    expect(code).toBe(0)
    expect(text).toContain("would write")
    expect(existsSync(out)).toBe(false)
  })

  it.each([
    [["views_zip.pt", "x.tar"], 2, "ending"],
    [["views_zip.pt", "x.pth", "--only", "unet"], 6, "TensorMissing"],
    [["views_zip.pt", "x.pth", "--names", "transformers"], 6, "TensorMissing"],
    [["views_zip.pt", "x.pth", "--image-size", "224"], 6, "TensorMissing"],
    [["tiny_clip_fp32_zip.pt", "x.pth", "--image-size", "3"], 6, "whole patch"],
    [["hostile/pickle_os_system.pt", "x.pth"], 6, "GlobalRefused"],
    [["views_zip.pt", "no/such/folder/x.pth"], 7, "FileUnwritable"],
  ] as const)("refuses %j", async ([from, to, ...flags], exitCode, what) => {
    const folder = temporaryFolder()
    const { code, problem } = await runCli("convert", file(from), join(folder, to), ...flags)
    expect(code).toBe(exitCode)
    expect(problem).toContain(what)
    expect(existsSync(join(folder, to))).toBe(false)
  })
})
