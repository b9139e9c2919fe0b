import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  asTransformers,
  fromTransformers,
  knownModels,
  openWeights,
  recognise,
  selectPart,
  storedArray,
  type TensorSpec,
  toFloat32,
  type WeightFile,
} from "../../src/weights/index.ts"
import { fingerprints, left, right, tensorsOf } from "./weightsOf.ts"

const tiny = path.join(import.meta.dirname, "../golden/08_containers/tiny_clip_fp32_zip.pt")

/** A file of names and shapes; every element is zero. */
const file = (shapes: Readonly<Record<string, readonly number[]>>): WeightFile => {
  const specs = Object.entries(shapes).map(([name, shape]): TensorSpec => ({ name, shape, dtype: "F32" }))
  const entries = new Map(specs.map((spec) => [spec.name, spec]))
  const bytes = (shape: readonly number[]) => new Uint8Array(4 * shape.reduce((a, b) => a * b, 1))
  return {
    file: "shapes",
    format: "safetensors",
    metadata: {},
    entries,
    remarks: [],
    read: (name) => async () => {
      const spec = entries.get(name)!
      return E.right({ ...spec, file: "shapes", bytes: bytes(spec.shape) })
    },
    close: async () => undefined,
  }
}

const zoo = (model: string): WeightFile => file(knownModels().find(({ name }) => name === model)!.shapes)

const numbers = async (from: WeightFile, name: string) => [...right(toFloat32(right(await from.read(name)())))]

describe("a CLIP under transformers' names", () => {
  test("its projections are apart and turned, everything else is the same", async () => {
    const original = right(await openWeights(tiny)())
    const named = asTransformers(original)
    expect(Object.fromEntries(Array.from(named.entries, ([name, { shape }]) => [name, shape]))).toMatchObject({
      logit_scale: [],
      "visual_projection.weight": [32, 64],
      "text_projection.weight": [32, 64],
      "vision_model.embeddings.class_embedding": [64],
      "vision_model.embeddings.patch_embedding.weight": [64, 3, 14, 14],
      "vision_model.embeddings.position_embedding.weight": [5, 64],
      "vision_model.pre_layrnorm.weight": [64],
      "vision_model.post_layernorm.bias": [64],
      "vision_model.encoder.layers.0.self_attn.v_proj.weight": [64, 64],
      "vision_model.encoder.layers.0.self_attn.out_proj.bias": [64],
      "vision_model.encoder.layers.0.mlp.fc1.weight": [256, 64],
      "vision_model.encoder.layers.0.layer_norm2.weight": [64],
      "text_model.embeddings.token_embedding.weight": [128, 64],
      "text_model.embeddings.position_embedding.weight": [77, 64],
      "text_model.encoder.layers.0.self_attn.k_proj.bias": [64],
      "text_model.final_layer_norm.weight": [64],
    })
    const stacked = await numbers(original, "visual.transformer.resblocks.0.attn.in_proj_weight")
    expect(await numbers(named, "vision_model.encoder.layers.0.self_attn.k_proj.weight")).toEqual(
      stacked.slice(64 * 64, 2 * 64 * 64),
    )
    const projection = await numbers(original, "visual.proj")
    const turned = await numbers(named, "visual_projection.weight")
    expect([turned[1], turned[64]]).toEqual([projection[32], projection[1]])
    await original.close()
  })

  test("there and back gives every tensor bit for bit", async () => {
    const original = right(await openWeights(tiny)())
    const back = right(fromTransformers(asTransformers(original)))
    expect(fingerprints(await tensorsOf(back))).toEqual(fingerprints(await tensorsOf(original)))
    await original.close()
  })

  test.each(["openai-l14-224", "openai-l14-336", "metaclip-h14-224", "dfn-h14-378"])(
    "%s is told by them, and given to whoever asks for a CLIP under OpenAI's",
    (model) => {
      const original = zoo(model)
      const named = asTransformers(original)
      const { parts, others } = recognise(named)
      expect(others).toEqual([])
      expect(parts).toMatchObject([{ kind: "transformers clip", prefix: "" }])
      expect(parts[0]?.models).toContain(model)
      const clip = right(selectPart(named, "clip", "siglip"))
      const shapes = (of: WeightFile) =>
        Object.fromEntries(Array.from(of.entries, ([name, { shape }]) => [name, shape]))
      expect(shapes(clip)).toEqual(shapes(original))
    },
  )

  test.each([
    ["transformers'", (name: string) => name.startsWith("vision_model."), asTransformers(zoo("openai-l14-336"))],
    ["OpenAI's", (name: string) => name.startsWith("visual."), zoo("openai-l14-336")],
  ])("an image tower alone, as LLaVA has it, is told by %s names", (_, isOfTower, whole) => {
    const entries = new Map([...whole.entries].filter(([name]) => isOfTower(name)))
    expect(recognise({ file: "tower", entries }).parts).toMatchObject([
      { models: [], imageTowerOf: ["openai-l14-336"] },
    ])
  })

  test("one of three stacked maps alone is refused by name", () => {
    const { "text_model.encoder.layers.3.self_attn.q_proj.bias": _, ...rest } = Object.fromEntries(
      Array.from(asTransformers(zoo("openai-l14-224")).entries, ([name, { shape }]) => [name, shape]),
    )
    expect(left(fromTransformers(file(rest)))).toMatchObject({
      _tag: "TensorMissing",
      key: "transformer.resblocks.3.attn.in_proj_bias",
    })
  })

  test("any shapes behind these names are viewed without harm", async () => {
    const names = [...zoo("openai-l14-224").entries.keys()].filter((name) => !/resblocks\.([1-9]|1\d|2\d)\./.test(name))
    const shape = fc.array(fc.nat(4), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), shape, { maxKeys: 6 }), async (shapes) => {
        const named = asTransformers(file(shapes))
        for (const name of named.entries.keys()) expect(storedArray(right(await named.read(name)()))).toBeDefined()
        const back = fromTransformers(named)
        if (E.isRight(back)) for (const name of back.right.entries.keys()) right(await back.right.read(name)())
      }),
      { numRuns: 60 },
    )
  })
})
