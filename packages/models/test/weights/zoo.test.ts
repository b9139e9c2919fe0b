import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as TE from "fp-ts/lib/TaskEither.js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  convertWeights,
  knownModels,
  openWeights,
  publishedFile,
  recognise,
  selectPart,
  type TensorSpec,
  type WeightFile,
  writeTorch,
} from "../../src/weights/index.ts"
import { fingerprints, left, loadAll, right, tensorsOf } from "./weightsOf.ts"

const golden = (name: string): string => path.join(import.meta.dirname, "../golden/08_containers", name)

type Shapes = Readonly<Record<string, readonly number[]>>

/** A file of these names and shapes whose elements nobody reads. */
const namesOnly = (shapes: Shapes, file = "names"): WeightFile => ({
  file,
  format: "PyTorch zip",
  metadata: {},
  entries: new Map(
    Object.entries(shapes).map(([name, shape]): [string, TensorSpec] => [name, { name, shape, dtype: "F32" }]),
  ),
  remarks: [],
  read: () => TE.left({ _tag: "TensorMissing", file, key: "", rule: "", remedy: "" }),
  close: async () => undefined,
})

const shapesOf = (model: string): Shapes => knownModels().find(({ name }) => name === model)!.shapes
const under = (prefix: string, shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]))

describe("recognising a model", () => {
  test.each([
    ["openai-l14-224", ["openai-l14-224", "metaclip-l14-224"], 427_616_513],
    ["openai-l14-336", ["openai-l14-336"], 427_944_193],
    ["metaclip-h14-224", ["metaclip-h14-224", "dfn-h14-224"], 986_109_441],
    ["dfn-h14-378", ["dfn-h14-378"], 986_714_881],
    ["siglip-so400m-14-224", ["siglip-so400m-14-224"], 877_360_306],
    ["siglip-so400m-14-384", ["siglip-so400m-14-384"], 877_960_498],
    ["sd-2-1-base unet", ["sd-2-1-base unet"], 865_910_724],
    ["sd-1-4 unet", ["sd-1-4 unet"], 859_520_964],
    ["sd-2-1-base vae", ["sd-2-1-base vae", "sd-1-4 vae"], 83_653_863],
    ["sd-2-1-base text encoder", ["sd-2-1-base text encoder"], 340_387_840],
    ["sd-1-4 text encoder", ["sd-1-4 text encoder"], 123_060_480],
  ])("%s by its names and shapes", (model, models, parameters) => {
    const { parts, others } = recognise(namesOnly(shapesOf(model)))
    expect(others).toEqual([])
    expect(parts).toHaveLength(1)
    expect(parts[0]).toMatchObject({ prefix: "", models, parameters, extras: [] })
  })

  test.each(["module.", "class_model.model.", "model.", "module.class_model.model."])(
    "behind the prefix %s",
    (prefix) => {
      const { parts } = recognise(namesOnly(under(prefix, shapesOf("openai-l14-336"))))
      expect(parts).toMatchObject([{ prefix, kind: "clip", models: ["openai-l14-336"] }])
    },
  )

  test("what DIVA's training writes: five models' names in one file, and two that are none", () => {
    const file = namesOnly({
      ...under("vae.", shapesOf("sd-2-1-base vae")),
      ...under("unet.", shapesOf("sd-2-1-base unet")),
      ...under("text_encoder.", shapesOf("sd-2-1-base text encoder")),
      "text_encoder.text_model.embeddings.position_ids": [1, 77],
      ...under("class_model.model.", shapesOf("openai-l14-224")),
      "class_model.final_fc.weight": [1, 768],
      "visual_proj.weight": [1024, 768],
    })
    const { parts, others } = recognise(file)
    expect(parts.map(({ prefix, models }) => [prefix, models[0]])).toEqual([
      ["class_model.model.", "openai-l14-224"],
      ["text_encoder.", "sd-2-1-base text encoder"],
      ["unet.", "sd-2-1-base unet"],
      ["vae.", "sd-2-1-base vae"],
    ])
    expect(others).toEqual(["class_model.final_fc.weight", "visual_proj.weight"])
    expect(parts[1]?.extras).toEqual(["text_model.embeddings.position_ids"])
    const clip = right(selectPart(file, "clip"))
    expect(Object.fromEntries(Array.from(clip.entries, ([name, { shape }]) => [name, shape]))).toEqual(
      shapesOf("openai-l14-224"),
    )
  })

  test("a VAE with the former names of its attention, as matrices or one-by-one convolutions", () => {
    const former = Object.fromEntries(
      Object.entries(shapesOf("sd-2-1-base vae")).map(([name, shape]) => {
        const old = name
          .replace(".to_q.", ".query.")
          .replace(".to_k.", ".key.")
          .replace(".to_v.", ".value.")
          .replace(".to_out.0.", ".proj_attn.")
        return [old, old !== name && shape.length === 2 ? [...shape, 1, 1] : shape]
      }),
    )
    expect(Object.keys(former).some((name) => name.endsWith(".proj_attn.weight"))).toBe(true)
    expect(recognise(namesOnly(former)).parts[0]?.models).toContain("sd-2-1-base vae")
  })

  test("an OpenAI CLIP of another size gives its constructor's arguments", async () => {
    const file = right(await openWeights(golden("tiny_clip_jit_fp32.pt"))())
    expect(recognise(file).parts).toMatchObject([
      {
        models: [],
        extras: ["input_resolution", "context_length", "vocab_size"],
        inferred: {
          embed_dim: 32,
          image_resolution: 28,
          vision_layers: 1,
          vision_width: 64,
          vision_patch_size: 14,
          context_length: 77,
          vocab_size: 128,
          transformer_width: 64,
          transformer_heads: 1,
          transformer_layers: 1,
        },
      },
    ])
    await file.close()
  })

  test("the image tower alone of an OpenAI CLIP of another size gives the arguments of that tower", async () => {
    const file = right(await openWeights(golden("tiny_clip_jit_fp32.pt"))())
    const entries = new Map([...file.entries].filter(([name]) => name.startsWith("visual.")))
    const [part] = recognise({ ...file, entries }).parts
    expect(part?.inferredTower).toEqual({
      embed_dim: 32,
      image_resolution: 28,
      vision_layers: 1,
      vision_width: 64,
      vision_patch_size: 14,
    })
    expect(part).not.toHaveProperty("nearest")
    entries.delete("visual.ln_post.bias")
    expect(recognise({ ...file, entries }).parts[0]).toHaveProperty("nearest")
    await file.close()
  })

  test("a model with one name missing is told by the nearest, with the difference", () => {
    const { "visual.ln_post.bias": _, ...rest } = shapesOf("dfn-h14-378")
    const [part] = recognise(namesOnly(rest)).parts
    expect(part?.models).toEqual([])
    expect(part?.nearest).toMatchObject({
      model: "dfn-h14-378",
      mismatch: { missing: [{ key: "visual.ln_post.bias" }] },
    })
  })

  test("names of nothing known are all listed, and asking for a part says so", () => {
    const file = namesOnly({ "layer.weight": [2, 2] })
    expect(recognise(file)).toEqual({ wrappers: [], parts: [], others: ["layer.weight"] })
    expect(left(selectPart(file, "clip"))).toMatchObject({ _tag: "TensorMissing", key: "clip" })
  })
})

test("published files are known by their sums, and belong to rows", () => {
  const sum = "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02"
  expect(publishedFile(sum)).toEqual({ title: "OpenAI's ViT-L-14-336px.pt", row: "openai-l14-336" })
  expect(publishedFile("toString")).toBeUndefined()
})

describe("exports", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "zoo-"))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test("a CLIP inside a training state comes out under its own names, in either container, element for element", async () => {
    const clip = await loadAll(golden("tiny_clip_fp32.safetensors"))
    const training = path.join(folder, "CLIP_after_GenFT.pth")
    const all = [...clip.values()].flatMap((tensor) => [
      { ...tensor, name: `class_model.model.${tensor.name}`, bytes: () => tensor.bytes },
    ])
    right(
      await writeTorch(training, [
        ...all,
        { name: "visual_proj.bias", dtype: "F32", shape: [2], bytes: () => new Uint8Array(8) },
      ])(),
    )
    const part = right(selectPart(right(await openWeights(training)()), "clip"))
    for (const [name, format] of [
      ["clip.pth", "PyTorch zip"],
      ["clip.safetensors", "safetensors"],
    ] as const) {
      right(await convertWeights(part, path.join(folder, name), format)())
      expect(fingerprints(await loadAll(path.join(folder, name)))).toEqual(fingerprints(clip))
    }
    await part.close()
    const written = right(await openWeights(path.join(folder, "clip.safetensors"))())
    expect(written.metadata).toEqual({ format: "pt" })
    await written.close()
  })

  test("floats are written in another type, whole numbers stay", async () => {
    const file = right(await openWeights(golden("tiny_clip_jit_fp32.pt"))())
    const to = path.join(folder, "half.safetensors")
    right(await convertWeights(file, to, "safetensors", { floats: "F16" })())
    const half = await loadAll(to)
    expect(half.get("vocab_size")?.dtype).toBe("I64")
    expect(half.get("visual.proj")).toMatchObject({ dtype: "F16", shape: [64, 32] })
    const wide = path.join(folder, "wide.safetensors")
    const again = right(await openWeights(to)())
    right(await convertWeights(again, wide, "safetensors", { floats: "F32" })())
    const original = (await tensorsOf(file)).get("visual.proj")!
    const [a, b] = [original, (await loadAll(wide)).get("visual.proj")!].map(
      ({ bytes }) => new Float32Array(bytes.slice().buffer),
    )
    expect(Math.max(...a!.map((value, i) => Math.abs(value - b![i]!)))).toBeLessThan(1e-3)
    await file.close()
    await again.close()
  })
})
