import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as TE from "fp-ts/lib/TaskEither.js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  type ByteSource,
  memorySource,
  openWeights,
  readWeights,
  writeSafetensors,
  writeTorch,
} from "../../src/weights/index.ts"
import { openZip } from "../../src/weights/zip/zipArchive.ts"
import { zipDirectory, zipHeader } from "../../src/weights/zip/zipWriter.ts"
import { archive, program, tensorProgram, text } from "./pickleProgram.ts"
import { fingerprints, left, loadAll, right, tensorsOf } from "./weightsOf.ts"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "archives-"))
})
afterAll(() => rm(folder, { recursive: true }))

const tensor = (name: string, ...values: readonly number[]) => ({
  name,
  dtype: "F32" as const,
  shape: [values.length],
  bytes: () => new Uint8Array(Float32Array.from(values).buffer),
})
const pickle = program("\x80", 2, "}", text("x"), tensorProgram(2, 0, [2], [1]), "s.")
const pair = new Uint8Array(Float32Array.of(1.5, -2).buffer)

describe("zip archives", () => {
  test("records beyond four gigabytes are found through zip64", async () => {
    const far = 5 * 2 ** 30
    const records = [
      { name: "a/data.pkl", bytes: pickle.byteLength, crc: 0, headerOffset: far },
      { name: "a/data/huge", bytes: far - 4096, crc: 0, headerOffset: 0 },
      { name: "a/data/0", bytes: pair.byteLength, crc: 0, headerOffset: far + 4096 },
    ] as const
    const end = far + 8192
    const directory = zipDirectory(records, end)
    const parts: readonly (readonly [number, Uint8Array])[] = [
      [far, Buffer.concat([zipHeader(records[0]), pickle])],
      [far + 4096, Buffer.concat([zipHeader(records[2]), pair])],
      [end, directory],
    ]
    /** Five gigabytes of zeros with these parts in them. */
    const source: ByteSource = {
      file: "large.pt",
      size: end + directory.byteLength,
      read: (offset, length) => {
        const bytes = new Uint8Array(length)
        for (const [begin, part] of parts) {
          const [from, to] = [Math.max(offset, begin), Math.min(offset + length, begin + part.byteLength)]
          if (from < to) bytes.set(part.subarray(from - begin, to - begin), from - offset)
        }
        return TE.right(bytes)
      },
      close: async () => undefined,
    }
    const zip = right(await openZip(source)())
    expect(zip.entries.get("a/data/huge")?.bytes).toBe(far - 4096)
    const signature = new Uint8Array(program("PK\x03\x04"))
    const signed: ByteSource = {
      ...source,
      read: (offset, length) => (offset === 0 ? TE.right(signature) : source.read(offset, length)),
    }
    const tensors = await tensorsOf(right(await readWeights(signed)()))
    expect(tensors.get("x")?.bytes).toEqual(pair)
  })

  const whole = archive({ "a/data.pkl": pickle, "a/data/0": pair })
  const changed = (find: string, write: (bytes: Uint8Array, at: number) => void): Uint8Array => {
    const bytes = whole.slice()
    write(bytes, Buffer.from(bytes).lastIndexOf(Buffer.from(find, "latin1")))
    return bytes
  }

  test.each([
    ["cut off", whole.slice(0, -30)],
    ["of another program", archive({ "readme.txt": program("hello") })],
    ["of two pickles", archive({ "a/data.pkl": pickle, "b/data.pkl": pickle })],
    ["without a storage", archive({ "a/data.pkl": pickle })],
    ["with a short storage", archive({ "a/data.pkl": pickle, "a/data/0": pair.slice(0, 7) })],
    ["that is encrypted", changed("PK\x01\x02", (bytes, at) => bytes.fill(1, at + 8, at + 9))],
    ["with a count that is wrong", changed("PK\x05\x06", (bytes, at) => bytes.fill(9, at + 10, at + 11))],
  ])("%s are refused", async (_, bytes) => {
    const error = left(await readWeights(memorySource(new Uint8Array(bytes), "bad.pt"))())
    expect(["ArchiveInvalid", "EntryInvalid"]).toContain(error._tag)
    expect(error.file).toBe("bad.pt")
  })

  test("a compressed record is refused when it is needed, with what to do", async () => {
    const bytes = changed("PK\x01\x02", (copy, at) => copy.fill(8, at + 10, at + 11))
    const file = right(await readWeights(memorySource(bytes, "packed.pt"))())
    expect(left(await file.read("x")())).toMatchObject({
      _tag: "ArchiveInvalid",
      remedy: expect.stringContaining("zip -0"),
    })
  })

  test("storages of a big-endian machine are turned around", async () => {
    const swapped = pair.slice()
    for (const at of [0, 4]) swapped.subarray(at, at + 4).reverse()
    const bytes = archive({ "a/data.pkl": pickle, "a/byteorder": program("big"), "a/data/0": swapped })
    expect((await tensorsOf(right(await readWeights(memorySource(bytes, "big.pt"))()))).get("x")?.bytes).toEqual(pair)
  })
})

describe("files that are no weights", () => {
  test.each([
    ["<!DOCTYPE html><html>", "web page"],
    ["version https://git-lfs.github.com/spec/v1\n", "git-lfs"],
    ["\x1f\x8b\x08\x00", "gzip"],
    ["", "empty"],
    ["some text", "unknown kind"],
  ])("%j is told by its first bytes: %s", async (bytes, what) => {
    expect(left(await readWeights(memorySource(program(bytes), "model.bin"))())).toMatchObject({
      _tag: "FormatUnknown",
      rule: expect.stringContaining(what),
    })
  })

  test("a pickle of another program is refused", async () => {
    const bytes = program("\x80", 4, "K", 1, ".")
    expect(left(await readWeights(memorySource(bytes, "x.pkl"))())).toMatchObject({ _tag: "PickleInvalid" })
  })
})

describe("folders", () => {
  const make = async (name: string, files: Readonly<Record<string, string>>): Promise<string> => {
    const own = path.join(folder, name)
    await mkdir(own)
    for (const [file, content] of Object.entries(files)) await writeFile(path.join(own, file), content)
    return own
  }
  const index = (map: Readonly<Record<string, string>>) =>
    JSON.stringify({ metadata: { total_size: 8 }, weight_map: map })

  test("shards of an index are one file", async () => {
    const own = await make("sharded", {
      "diffusion_pytorch_model.safetensors.index.json": index({ a: "1.safetensors", b: "2.safetensors" }),
    })
    right(await writeSafetensors(path.join(own, "1.safetensors"), [tensor("a", 1, 2)])())
    right(await writeSafetensors(path.join(own, "2.safetensors"), [tensor("b", 3)])())
    const file = right(await openWeights(own)())
    expect(file.format).toBe("safetensors in shards")
    expect([...file.entries.keys()]).toEqual(["a", "b"])
    expect([...(await tensorsOf(file)).values()].map(({ bytes }) => bytes.byteLength)).toEqual([8, 4])
    await file.close()
  })

  test("pickles stand in for missing safetensors, also in shards", async () => {
    const own = await make("bins", { "pytorch_model.bin.index.json": index({ a: "1.bin", b: "2.bin" }) })
    right(await writeTorch(path.join(own, "1.bin"), [tensor("a", 1)])())
    right(await writeTorch(path.join(own, "2.bin"), [tensor("b", 2)])())
    const file = right(await openWeights(own)())
    expect(file.format).toBe("PyTorch zip in shards")
    expect((await tensorsOf(file)).size).toBe(2)
    await file.close()
  })

  test("of two precisions the full one is opened unless the other is asked for", async () => {
    const own = await make("variants", {})
    right(await writeSafetensors(path.join(own, "model.fp16.safetensors"), [tensor("half", 1)])())
    expect(Object.keys(fingerprints(await loadAll(own)))).toEqual(["half"])
    right(await writeSafetensors(path.join(own, "model.safetensors"), [tensor("full", 1)])())
    expect(Object.keys(fingerprints(await loadAll(own)))).toEqual(["full"])
    const half = right(await openWeights(own, { variant: "f16" })())
    expect([...half.entries.keys()]).toEqual(["half"])
    await half.close()
  })

  test("OpenCLIP's folder, and one with a single file of any name", async () => {
    const own = await make("openclip", { "open_clip_config.json": "{}" })
    right(await writeTorch(path.join(own, "open_clip_pytorch_model.bin"), [tensor("a", 1)])())
    expect((await loadAll(own)).size).toBe(1)
    const single = await make("single", { "readme.md": "" })
    right(await writeTorch(path.join(single, "l14_fullcc2.5b.pt"), [tensor("a", 1)])())
    expect((await loadAll(single)).size).toBe(1)
  })

  test.each([
    ["a path out of the folder", { a: "../secret.safetensors" }],
    ["an absolute path", { a: "/etc/passwd" }],
    ["a file that is not text", { a: 7 }],
    ["nothing", {}],
  ])("an index that names %s is refused", async (name, map) => {
    const own = await make(`bad ${name.length}${name}`.replaceAll("/", ""), {
      "model.safetensors.index.json": index(map as Record<string, string>),
    })
    expect(left(await openWeights(own)())).toMatchObject({ _tag: "ShardsInvalid" })
  })

  test("an index that does not say what its shards hold is refused, both ways", async () => {
    const own = await make("liar", {
      "model.safetensors.index.json": index({ a: "1.safetensors", c: "1.safetensors" }),
    })
    right(await writeSafetensors(path.join(own, "1.safetensors"), [tensor("a", 1), tensor("b", 2)])())
    expect(left(await openWeights(own)())).toMatchObject({ rule: expect.stringContaining("holds c") })
    await writeFile(path.join(own, "model.safetensors.index.json"), index({ a: "1.safetensors" }))
    expect(left(await openWeights(own)())).toMatchObject({ rule: expect.stringContaining("holds b") })
  })

  test("a diffusers folder gives the tensors of all its models under their folders' names", async () => {
    const own = await make("pipeline", { "model_index.json": "{}" })
    for (const part of ["unet", "vae", "text_encoder", "tokenizer"]) await mkdir(path.join(own, part))
    right(
      await writeSafetensors(path.join(own, "unet", "diffusion_pytorch_model.safetensors"), [tensor("a.b", 1, 2)])(),
    )
    right(await writeTorch(path.join(own, "vae", "diffusion_pytorch_model.bin"), [tensor("a", 3)])())
    right(await writeTorch(path.join(own, "text_encoder", "pytorch_model.bin"), [tensor("a", 4)])())
    const file = right(await openWeights(own)())
    expect(file.format).toBe("diffusers folder")
    expect([...file.entries.keys()]).toEqual(["unet.a.b", "vae.a", "text_encoder.a"])
    expect(file.remarks.join("; ")).toMatch(/vae: PyTorch zip.*beside the models: tokenizer/)
    expect(fingerprints(await tensorsOf(file))["unet.a.b"]).toEqual(
      fingerprints(await loadAll(path.join(own, "unet")))["a.b"],
    )
    expect(left(await file.read("tokenizer.a")())).toMatchObject({ _tag: "TensorMissing", key: "tokenizer.a" })
    await file.close()
    await rm(path.join(own, "vae", "diffusion_pytorch_model.bin"))
    expect(left(await openWeights(own)())).toMatchObject({ _tag: "ShardsInvalid", file: path.join(own, "vae") })
  })

  test("shards, models and their folders may be links, as in the caches that downloads are kept in", async () => {
    const blobs = await make("blobs", {})
    await mkdir(path.join(blobs, "unet"))
    right(await writeSafetensors(path.join(blobs, "sum"), [tensor("a", 1)])())
    right(await writeSafetensors(path.join(blobs, "unet", "diffusion_pytorch_model.safetensors"), [tensor("u", 2)])())
    await writeFile(path.join(blobs, "list"), `\ufeff${index({ a: "model-1.safetensors" })}\r\n`)
    const own = await make("snapshot", { "._model.safetensors.index.json": "x", "model_index.json": "{}" })
    await symlink(path.join(blobs, "sum"), path.join(own, "model-1.safetensors"))
    await symlink("../blobs/list", path.join(own, "model.safetensors.index.json"))
    await symlink("../blobs/unet", path.join(own, "unet"))
    const pipeline = right(await openWeights(own)())
    expect([...pipeline.entries.keys()]).toEqual(["unet.u"])
    await pipeline.close()
    await rm(path.join(own, "model_index.json"))
    expect([...(await loadAll(own)).keys()]).toEqual(["a"])
  })

  test("what other systems leave beside a model is not taken for it", async () => {
    const own = await make("copied", { "._l14.pt": "x", ".DS_Store": "x", "Thumbs.db": "x" })
    right(await writeTorch(path.join(own, "l14.pt"), [tensor("a", 1)])())
    expect((await loadAll(own)).size).toBe(1)
  })

  test("a misspelt name is answered with the nearest", async () => {
    const own = await make("names", { "ViT-L-14.pt": "x" })
    expect(left(await openWeights(path.join(own, "ViT-L-14.pth"))())).toMatchObject({
      _tag: "FileUnreadable",
      remedy: expect.stringContaining(path.join(own, "ViT-L-14.pt?")),
    })
  })

  test("a missing shard, an empty folder and a pipeline without models say what to do", async () => {
    const own = await make("missing", { "model.safetensors.index.json": index({ a: "gone.safetensors" }) })
    expect(left(await openWeights(own)())).toMatchObject({ _tag: "FileUnreadable" })
    expect(left(await openWeights(await make("empty", {}))())).toMatchObject({ _tag: "ShardsInvalid" })
    expect(left(await openWeights(await make("sd", { "model_index.json": "{}" }))())).toMatchObject({
      remedy: expect.stringContaining("unet"),
    })
  })
})

describe("writing .pth", () => {
  test("equal tensors give equal bytes, and order is kept", async () => {
    const [a, b] = [path.join(folder, "same.pth"), path.join(folder, "other", "same.pth")]
    await mkdir(path.dirname(b))
    for (const file of [a, b]) right(await writeTorch(file, [tensor("z", 1), tensor("a", 2)])())
    expect(fingerprints(await loadAll(a))).toEqual(fingerprints(await loadAll(b)))
    expect([...(await loadAll(a)).keys()]).toEqual(["z", "a"])
    const { readFile } = await import("node:fs/promises")
    expect((await readFile(a)).equals(await readFile(b))).toBe(true)
  })

  test.each([
    ["two of one name", [tensor("a", 1), tensor("a", 2)], "DuplicateName"],
    ["a type PyTorch has not", [{ ...tensor("a", 1), dtype: "F4" as const }], "NotConvertible"],
    ["bytes that do not fill the shape", [{ ...tensor("a", 1), shape: [2] }], "EntryInvalid"],
  ])("%s is refused and nothing is left behind", async (_, tensors, tag) => {
    const file = path.join(folder, "refused.pth")
    expect(left(await writeTorch(file, tensors)())).toMatchObject({ _tag: tag })
    expect(left(await openWeights(file)())).toMatchObject({ _tag: "FileUnreadable" })
  })
})
