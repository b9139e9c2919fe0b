import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { checkNames, clipParameters, parseOpenaiClip, shapesOf } from "../../src/index.ts"
import { resizePositions } from "../../src/clip/resizePositions.ts"
import {
  convertWeights,
  imageSizeOf,
  knownModels,
  openWeights,
  recognise,
  renderWeightsError,
  resizeImages,
  storedArray,
  type TensorSpec,
  toFloat32,
  type WeightFile,
} from "../../src/weights/index.ts"
import { left, loadAll, right } from "./weightsOf.ts"

const golden = (name: string): string => path.join(import.meta.dirname, "../golden/08_containers", name)
const table = "visual.positional_embedding"

/** The names and shapes of a model of the zoo; its elements are all 1. */
const zooFile = (model: string, prefix = ""): WeightFile => {
  const { shapes } = knownModels().find(({ name }) => name === model)!
  const specs = Object.entries(shapes).map(([name, shape]): TensorSpec => ({
    name: prefix + name,
    shape,
    dtype: "F16",
  }))
  const entries = new Map(specs.map((spec) => [spec.name, spec]))
  return {
    file: model,
    format: "PyTorch zip",
    metadata: {},
    entries,
    remarks: [],
    read: (name) => async () => {
      const spec = entries.get(name)!
      const data = new Float16Array(spec.shape.reduce((a, b) => a * b, 1)).fill(1)
      return E.right({ ...spec, file: model, bytes: new Uint8Array(data.buffer) })
    },
    close: async () => undefined,
  }
}

describe("a CLIP for images of another size", () => {
  test.each([
    ["openai-l14-224", "", 448, [1025, 1024], ["openai-l14-224", "openai-l14-336", "metaclip-l14-224"]],
    ["siglip-so400m-14-384", "", 512, [1, 1296, 1152], ["siglip-so400m-14-384"]],
    ["dfn-h14-224", "class_model.model.", 336, [577, 1280], ["metaclip-h14-224", "dfn-h14-224", "dfn-h14-378"]],
  ])(
    "%s behind %j at %i pixels is told as such, and only its positions change",
    async (model, prefix, size, shape, models) => {
      const file = zooFile(model, prefix)
      const resized = right(resizeImages(file, size))
      const changed = [...resized.entries.values()].filter(
        ({ name, shape: now }) => file.entries.get(name)!.shape !== now,
      )
      expect(changed).toMatchObject([{ shape, dtype: "F16" }])
      const tensor = right(await resized.read(changed[0]!.name)())
      expect(tensor.shape).toEqual(shape)
      expect(storedArray(tensor)).toEqual(new Float16Array(shape.reduce((a, b) => a * b)).fill(1))
      const grid = Math.floor(size / 14) * 14
      expect(recognise(resized).parts).toMatchObject([{ prefix, models: [], resized: { models, imageSize: grid } }])
    },
  )

  test("the size it has changes nothing, and one below a patch, or a file without CLIP, is refused", () => {
    const file = zooFile("openai-l14-336")
    expect(imageSizeOf(file.entries)).toBe(336)
    expect(right(resizeImages(file, 336))).toBe(file)
    expect(left(resizeImages(file, 13))).toMatchObject({ _tag: "NotConvertible", key: table })
    expect(left(resizeImages(zooFile("sd-1-4 unet"), 336))).toMatchObject({ _tag: "TensorMissing" })
  })

  describe("on the disk", () => {
    let folder = ""
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), "resized-"))
    })
    afterAll(() => rm(folder, { recursive: true }))

    test("is written with the resized table, which the configuration of that size accepts", async () => {
      const original = right(await openWeights(golden("tiny_clip_fp32_zip.pt"))())
      const to = path.join(folder, "at56.pth")
      right(await convertWeights(right(resizeImages(original, 56)), to, "PyTorch zip")())
      const values = right(toFloat32(right(await original.read(table)())))
      await original.close()
      const written = await loadAll(to)
      expect(storedArray(written.get(table)!)).toEqual(resizePositions({ values, width: 64, classTokens: 1 }, 2, 4))
      const { inferred } = recognise({ file: to, entries: written }).parts[0]!
      expect(inferred).toMatchObject({ image_resolution: 56 })
      const config = parseOpenaiClip({ ...inferred, image_resolution: 28 })
      const needed = shapesOf(clipParameters(E.isRight(config) ? config.right : (undefined as never)))
      const mismatch = left(checkNames(needed, { file: to, entries: written }))
      expect(renderWeightsError(mismatch)).toContain("--image-size")
    })
  })
})
