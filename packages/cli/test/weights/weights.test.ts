import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { fromTaskEither } from "@diva/diva"
import { openWeights, writeSafetensors } from "@diva/models"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { runCli } from "../runCli.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

const stored = fileURLToPath(new URL("../../../models/test/golden/08_containers", import.meta.url))
const file = (name: string): string => join(stored, name)
const aCase = (name: string): string => join(stored, "../../cases", name)

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
    expect(text).toContain("    … and 1 more")
  })

  it("finds the weights beside an epoch and a random state, and reads wrapped names", async () => {
    const { code, text } = await runCli("inspect", aCase("best_acc.pth"))
    expect(code).toBe(0)
    expect(text).toContain("62 tensors, 222,977 parameters")
    expect(text).toContain("beside the weights: epoch")
  })

  it.each([
    ["f8.safetensors", /w +F8_E4M3 +\[3\]/],
    ["f8.pth", /w +F8_E4M3 +\[3\]/],
    ["u16.safetensors", /n +U16 +\[2\]/],
    ["u64.safetensors", /n +U64 +\[2\]/],
  ])("lists %s, whatever its element types", async (name, line) => {
    const { code, text } = await runCli("inspect", aCase(name))
    expect(code).toBe(0)
    expect(text).toMatch(line)
  })

  it("spells control characters of names out, line by line", async () => {
    const file = join(temporaryFolder(), "named.safetensors")
    const name = "w\u001b[2J\nspoofed line\u202e"
    await Effect.runPromise(
      fromTaskEither(writeSafetensors(file, [{ name, dtype: "U8", shape: [1], bytes: () => Uint8Array.of(1) }])),
    )
    const { text } = await runCli("inspect", file, "--tensors")
    expect(text).toContain("w\\x1b[2J\\x0aspoofed line\\u202e")
    expect(text).not.toMatch(/[\p{Cc}--\n]/v)
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

  it("negates what a pickle marks as negated", async () => {
    const out = join(temporaryFolder(), "neg.safetensors")
    expect((await runCli("convert", aCase("neg.pth"), out)).code).toBe(0)
    const file = await Effect.runPromise(fromTaskEither(openWeights(out)))
    const { bytes } = await Effect.runPromise(fromTaskEither(file.read("a.neg")))
    await file.close()
    expect([...new Float32Array(bytes.slice().buffer)]).toEqual([-3, -4])
  })

  it("replaces nothing unasked, in a dry run as in a real one", async () => {
    const out = join(temporaryFolder(), "taken.safetensors")
    writeFileSync(out, "mine")
    for (const flags of [[], ["--dry-run"]]) {
      const { code, problem } = await runCli("convert", file("views_zip.pt"), out, ...flags)
      expect(code).toBe(2)
      expect(problem).toContain("FileExists")
      expect(problem).toContain("--overwrite")
      expect(readFileSync(out, "utf8")).toBe("mine")
    }
    expect((await runCli("convert", file("views_zip.pt"), out, "--overwrite")).code).toBe(0)
    expect(readFileSync(out, "utf8")).not.toBe("mine")
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
