import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { fromTaskEither } from "@diva/diva"
import { crop, decodeImage, encodePng, resize, writeSafetensors } from "@diva/models"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { runCli } from "../runCli.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

const stored = fileURLToPath(new URL("../../../models/test/golden", import.meta.url))

const mmvp = fileURLToPath(new URL("../golden/09_mmvp", import.meta.url))

/** Cases of DFN's and SigLIP's rules, without the pictures, which are those of the other cases. */
const mmvpFlavours = fileURLToPath(new URL("../golden/mmvpFlavours", import.meta.url))

const verify = async (folder: string) => {
  const { code, out } = await runCli("verify", "--json", "--reference", folder)
  return { code, case: JSON.parse(out[0]!).cases[0] }
}

const writeJson = (folder: string, name: string, value: unknown) =>
  writeFileSync(join(folder, name), JSON.stringify(value))
const readJson = (...path: readonly string[]) => JSON.parse(readFileSync(join(stored, ...path), "utf8"))

describe("parameter lists", () => {
  const model = "SD21-text_encoder"
  const folderOf = (list: { readonly state_dict: object; readonly tensors: number; readonly parameters: number }) => {
    const folder = temporaryFolder()
    const { tensors, parameters } = list
    writeJson(folder, `${model}.json`, list)
    writeJson(folder, "manifest.json", { case: "lists", models: { [model]: { tensors, parameters } } })
    return folder
  }
  const list = readJson("01_manifests", `${model}.json`)

  it("that are a model of the zoo pass, saying which", async () => {
    const { code, case: found } = await verify(folderOf(list))
    expect(code).toBe(0)
    expect(found).toMatchObject({ kind: "parameter lists", status: "passed" })
    expect(JSON.stringify(found)).toContain("sd-2-1-base text encoder")
  })

  it.each([
    ["a name more", { ...list.state_dict, "text_model.extra.weight": { shape: [1] } }],
    ["a shape that differs", { ...list.state_dict, "text_model.final_layer_norm.bias": { shape: [1025] } }],
    ["names of nothing", { weight: { shape: [3] } }],
  ])("with %s fail", async (_, state_dict) => {
    const { code, case: found } = await verify(folderOf({ ...list, state_dict }))
    expect(code).toBe(3)
    expect(found.status).toBe("failed")
  })

  it("with wrong totals fail, and a missing list is an error", async () => {
    expect((await verify(folderOf({ ...list, parameters: list.parameters + 1 }))).case.status).toBe("failed")
    const folder = temporaryFolder()
    writeJson(folder, "manifest.json", { case: "lists", models: { "../secret": {} } })
    expect((await verify(folder)).case).toMatchObject({ status: "error", error: { tag: "CaseInvalid" } })
  })
})

describe("tokenizers", () => {
  const document = readJson("07_tokenizer", "tokens.json")
  const folderOf = (value: unknown) => {
    const folder = temporaryFolder()
    writeJson(folder, "tokens.json", value)
    return folder
  }

  it("give the reference's ids", async () => {
    const { code, case: found } = await verify(folderOf(document))
    expect(code).toBe(0)
    expect(found).toMatchObject({ kind: "tokenizers", status: "passed" })
    expect(found.groups.map(({ name }: { readonly name: string }) => name)).toEqual(["rows", "prompt"])
  })

  it("fail where one id differs", async () => {
    const rows = [{ ...document.rows[0], bpe_ids_no_special: [1, 2] }, ...document.rows.slice(1)]
    const { code, case: found } = await verify(folderOf({ ...document, rows }))
    expect(code).toBe(3)
    expect(found.groups[0].failed).toBe(2)
  })

  it("rows without a text are an error", async () => {
    expect((await verify(folderOf({ case: "x", rows: [{}] }))).case).toMatchObject({ status: "error" })
  })
})

describe("weight containers", () => {
  const copy = (): string => {
    const folder = temporaryFolder()
    cpSync(join(stored, "08_containers"), folder, { recursive: true })
    return folder
  }

  it("hold the same tensors, and hostile files are refused", async () => {
    const { code, case: found } = await verify(copy())
    expect(code).toBe(0)
    expect(found.groups).toHaveLength(7)
    expect(found.groups.at(-1)).toMatchObject({ name: "hostile files", count: 5, passed: true })
  })

  it("one changed element fails, and so does a hostile file that is none", async () => {
    const folder = copy()
    const bytes = readFileSync(join(folder, "views_legacy.pt"))
    bytes[bytes.byteLength - 20]! ^= 1
    writeFileSync(join(folder, "views_legacy.pt"), bytes)
    copyFileSync(join(folder, "views_zip.pt"), join(folder, "hostile", "zip_absurd_sizes.pt"))
    const { code, case: found } = await verify(folder)
    expect(code).toBe(3)
    const failed = found.groups.filter(({ passed }: { readonly passed: boolean }) => !passed)
    expect(failed.map(({ name }: { readonly name: string }) => name)).toEqual(["views_legacy.pt", "hostile files"])
  })

  it("read what the prose expects: widening, unwrapping, valid files among hostile ones; name the rest", async () => {
    const folder = copy()
    const at = (name: string) => join(folder, name)
    expect((await runCli("convert", at("tiny_clip_fp32.safetensors"), at("half.pt"), "--floats", "f16")).code).toBe(0)
    expect((await runCli("convert", at("half.pt"), at("wide.safetensors"), "--floats", "f32")).code).toBe(0)
    copyFileSync(join(stored, "../cases/best_acc.pth"), at("wrapped.pth"))
    expect((await runCli("convert", at("wrapped.pth"), at("bare.safetensors"), "--only", "clip")).code).toBe(0)
    await Effect.runPromise(
      fromTaskEither(
        writeSafetensors(at("hostile/odd.safetensors"), [
          { name: "__proto__", dtype: "U8", shape: [1], bytes: () => Uint8Array.of(1) },
        ]),
      ),
    )
    const { files, hostile, ...rest } = readJson("08_containers", "manifest.json")
    writeJson(folder, "manifest.json", {
      ...rest,
      files: [
        ...files,
        { file: "half.pt", expect: "= wide.safetensors after upcast" },
        { file: "wrapped.pth", expect: "= bare.safetensors after unwrapping state_dict and stripping 'module.'" },
        { file: "half.pt", expect: "= wide.safetensors turned upside down" },
      ],
      hostile: [
        ...hostile,
        { file: "hostile/odd.safetensors", required: "valid: must load, whatever its names" },
        { file: "hostile/odd.safetensors", required: "a surprise" },
      ],
    })
    const { code, case: found } = await verify(folder)
    expect([code, found.status]).toEqual([0, "passed"])
    expect(found.groups.at(-1)).toMatchObject({
      name: "not understood",
      notUnderstood: [
        expect.stringContaining('half.pt: expect "= wide.safetensors turned upside down'),
        expect.stringContaining("hostile/odd.safetensors: required"),
      ],
    })
    expect(found.groups.map(({ name }: { readonly name: string }) => name)).toContain("wrapped.pth")
    expect(found.groups.at(-2)).toMatchObject({ name: "hostile files", count: 6, passed: true })
  })

  it("files outside the case's folder are not opened", async () => {
    const folder = temporaryFolder()
    writeJson(folder, "manifest.json", {
      case: "x",
      files: [{ file: "../../etc/passwd", expect: "= reference" }],
      hostile: [],
    })
    expect((await verify(folder)).case).toMatchObject({ status: "error", error: { tag: "CaseInvalid" } })
  })
})

describe("image preprocessing", () => {
  const { results } = readJson("06_images", "manifest.json")
  const preprocessing = results.filter(({ op }: { readonly op: string }) => !op.startsWith("tensor_"))
  const folderOf = (value: unknown) => {
    const folder = temporaryFolder()
    mkdirSync(folder, { recursive: true })
    for (const name of ["src_300x411.png", "src_160x120.jpg", "src_160x120.jpg.decoded.png"])
      copyFileSync(join(stored, "06_images", name), join(folder, name))
    writeJson(folder, "manifest.json", { case: "images", results: value })
    return folder
  }

  /** The training crop that the stored resize is of. */
  const writeCrop = async (folder: string): Promise<void> => {
    const bytes = readFileSync(join(stored, "06_images", "src_300x411.png"))
    const source = await Effect.runPromise(fromTaskEither(decodeImage(bytes, "source")))
    const cut = resize(crop(source, { left: 0, top: 5, width: 300, height: 400 }), { width: 512, height: 512 })
    writeFileSync(join(folder, "rrc512__src_300x411.png.png"), await encodePng(cut))
  }

  it("gives the reference's pixels", async () => {
    const { code, case: found } = await verify(folderOf(preprocessing))
    expect(code).toBe(0)
    expect(found.groups).toMatchObject([{ name: "pixels", count: 8, passed: true }])
  })

  it("compares a resize by the numbers and sums that are stored, and names what it does not know", async () => {
    const resize = results.find(({ op }: { readonly op: string }) => op.startsWith("tensor_"))
    const { float_tensor: _, ...sampled } = resize
    const folder = folderOf([sampled, { ...preprocessing[0], op: "sharpen" }])
    await writeCrop(folder)
    const { code, case: found } = await verify(folder)
    expect([code, found.status]).toEqual([0, "passed"])
    expect(found.groups).toMatchObject([
      { name: "resize on the adapter", count: 6, passed: true },
      { name: "not understood", notUnderstood: [expect.stringContaining("sharpen")] },
    ])
    const wrong = folderOf([{ ...sampled, "samples[c,y,x]": { "0,0,0": 1 } }])
    await writeCrop(wrong)
    expect((await verify(wrong)).case.status).toBe("failed")
  })

  it("fails by another hash, and an unknown operation is no pass", async () => {
    const [first] = preprocessing
    expect((await verify(folderOf([{ ...first, sha256_rgb_hwc: "0" }]))).case.status).toBe("failed")
    expect((await verify(folderOf([{ ...first, op: "sharpen" }]))).case.status).toBe("failed")
    expect((await verify(folderOf([{ ...first, n: 1e9 }]))).case).toMatchObject({ status: "error" })
    expect((await verify(folderOf([{ ...first, src: "none.png" }]))).case).toMatchObject({ status: "error" })
  })
})

describe("OpenCLIP's towers", () => {
  it("give the reference's numbers", async () => {
    const { code, case: found } = await verify(join(stored, "02b_open_clip_quickgelu"))
    expect(code).toBe(0)
    expect(found).toMatchObject({ kind: "OpenCLIP", status: "passed" })
  })

  it("of a malformed configuration are an error", async () => {
    const folder = temporaryFolder()
    writeJson(folder, "manifest.json", { case: "x", config: { vision_cfg: { timm_model_name: "vit" } } })
    expect((await verify(folder)).case).toMatchObject({
      kind: "SigLIP",
      status: "error",
      error: { tag: "ConfigInvalid" },
    })
  })
})

describe("MMVP's scores", () => {
  const copy = (): string => {
    const folder = temporaryFolder()
    cpSync(mmvp, folder, { recursive: true })
    return folder
  }

  const edit = (folder: string, change: object, name = "expected_metaclip.json") => {
    rmSync(join(folder, "expected_openai.json"), { force: true })
    const file = join(folder, name)
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }))
  }

  it.each([
    ["metaclip", 3],
    ["openai", 1],
  ])("of %s are the reference's, pair by pair", async (flavour, tensors) => {
    const { out } = await runCli("verify", "--json", "--reference", mmvp, `09_mmvp/expected_${flavour}.json`)
    const found = JSON.parse(out[0]!).cases[0]
    expect(found).toMatchObject({ kind: "MMVP scores", status: "passed" })
    expect(found.groups.map(({ name, count }: { name: string; count: number }) => [name, count])).toEqual([
      ["weights", 1],
      ["pictures and tokens", tensors],
      ["probabilities of each pair", 18],
      ["choices of each pair", 18],
      ["percentages", 10],
    ])
  })

  it.each([
    ["dfn224", 2],
    ["dfn378", 2],
    ["siglip6", 1],
    ["siglip10", 1],
  ])("of %s are those of OpenCLIP and timm, pair by pair", async (flavour, tensors) => {
    const folder = join(temporaryFolder(), "mmvpFlavours")
    cpSync(join(mmvp, "MMVP_VLM"), join(folder, "MMVP_VLM"), { recursive: true })
    cpSync(mmvpFlavours, folder, { recursive: true })
    const { out } = await runCli("verify", "--json", "--reference", folder, `mmvpFlavours/expected_${flavour}.json`)
    const { cases } = JSON.parse(out[0]!)
    expect(cases).toHaveLength(1)
    expect(cases[0]).toMatchObject({ kind: "MMVP scores", status: "passed" })
    expect(cases[0].groups.map(({ name, count }: { name: string; count: number }) => [name, count])).toEqual([
      ["weights", 1],
      ["pictures and tokens", tensors],
      ["probabilities of each pair", 18],
      ["choices of each pair", 18],
      ["percentages", 10],
    ])
  })

  it("of draws fail where the draws are others", async () => {
    const folder = copy()
    rmSync(join(folder, "expected_metaclip.json"))
    const file = join(folder, "draws_openai.safetensors")
    const bytes = readFileSync(file)
    bytes.copyWithin(bytes.length - 8000, bytes.length - 20000, bytes.length - 12000)
    writeFileSync(file, bytes)
    expect((await verify(folder)).case.status).toBe("failed")
  })

  it("fail for one changed prediction, and for one changed percentage", async () => {
    const folder = copy()
    const { predictions, scores_percent: percent } = JSON.parse(
      readFileSync(join(mmvp, "expected_metaclip.json"), "utf8"),
    )
    const [first, ...rest] = predictions
    edit(folder, { predictions: [[...first.slice(0, 6), "0.9", first[7]], ...rest] })
    expect((await verify(folder)).case.groups.filter(({ failed }: { failed: number }) => failed > 0)).toMatchObject([
      { name: "probabilities of each pair", failed: 1 },
    ])
    edit(folder, { predictions, scores_percent: { ...percent, average_score: 50 } })
    expect((await verify(folder)).case.status).toBe("failed")
  })

  it("name fields that are not known and compare the rest", async () => {
    const folder = copy()
    edit(folder, { later_field: 1 })
    const { code, case: found } = await verify(folder)
    expect(code).toBe(0)
    expect(found.groups.at(-1)).toMatchObject({ notUnderstood: ['field "later_field"'] })
  })

  it("are an error, never passed, without predictions or of an unknown flavour", async () => {
    const folder = copy()
    edit(folder, { predictions: [] })
    expect((await verify(folder)).case).toMatchObject({ status: "error", error: { tag: "CaseInvalid" } })
    edit(folder, { flavour: "unheard-of" })
    expect((await verify(folder)).case).toMatchObject({ status: "error", error: { tag: "CaseInvalid" } })
  })

  it("fail for another picture, and are an error without it", async () => {
    const folder = copy()
    edit(folder, {})
    const [one, other] = ["Orientation and Direction/1.jpg", "Viewpoint and Perspective/36.jpg"].map((name) =>
      join(folder, "MMVP_VLM", "MLLM_VLM_Images", name),
    )
    copyFileSync(other!, one!)
    expect((await verify(folder)).case.status).toBe("failed")
    rmSync(one!)
    expect((await verify(folder)).case).toMatchObject({ status: "error", error: { tag: "CaseInvalid" } })
  })

  it("refuse weights of another size, and weights that are no gzip", async () => {
    const folder = copy()
    const file = join(folder, "expected_metaclip.json")
    edit(folder, {})
    const document = JSON.parse(readFileSync(file, "utf8"))
    writeFileSync(file, JSON.stringify({ ...document, clip_config: { ...document.clip_config, embed_dim: 64 } }))
    expect((await verify(folder)).case).toMatchObject({ status: "error", error: { tag: "NamesMismatch" } })
    writeFileSync(file, JSON.stringify(document))
    writeFileSync(join(folder, "weights_clip.safetensors.gz"), "nothing")
    expect((await verify(folder)).case).toMatchObject({ status: "error", error: { tag: "CaseInvalid" } })
  })
})
