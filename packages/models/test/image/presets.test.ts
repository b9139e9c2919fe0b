import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, test } from "vitest"
import {
  type ClipRow,
  decodeImage,
  fitImage,
  imagePresets,
  openaiArguments,
  openClipConfigs,
  parseOpenaiClip,
  parseOpenClip,
  preprocessImage,
  renderImageError,
} from "../../src/index.ts"

const folder = path.join(import.meta.dirname, "../golden/06_images")
const picture = async (name: string) => {
  const decoded = await decodeImage(readFileSync(path.join(folder, name)), name)()
  if (E.isLeft(decoded)) throw new Error(renderImageError(decoded.left))
  return decoded.right
}
const { results } = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8")) as {
  readonly results: readonly {
    readonly op: string
    readonly src: string
    readonly n: number
    readonly sha256_rgb_hwc: string
  }[]
}
const wanted = (op: string, src: string, n: number) => results.find((r) => r.op === op && r.src === src && r.n === n)!

const rows: readonly (readonly [ClipRow, string])[] = [
  ["openai-l14-224", "openai_clip_preprocess"],
  ["openai-l14-336", "openai_clip_preprocess"],
  ["metaclip-l14-224", "openai_clip_preprocess"],
  ["metaclip-h14-224", "openai_clip_preprocess"],
  ["dfn-h14-224", "openai_clip_preprocess"],
  ["siglip-so400m-14-224", "siglip_squash"],
  ["siglip-so400m-14-384", "siglip_squash"],
]

describe("what each row's tower is shown", () => {
  test.each(rows)("%s: the reference's %s, byte for byte", async (row, op) => {
    const preset = imagePresets[row]
    const { sha256_rgb_hwc: sha } = wanted(op, "src_300x411.png", preset.size)
    const { data } = fitImage(preset, await picture("src_300x411.png"))
    expect(createHash("sha256").update(data).digest("hex")).toBe(sha)
  })

  test("every row has a preset of its tower's size", () => {
    const sizes = {
      ...Object.fromEntries(Object.entries(openaiArguments).map(([row, raw]) => [row, parseOpenaiClip(raw)])),
      ...Object.fromEntries(Object.entries(openClipConfigs).map(([row, raw]) => [row, parseOpenClip(raw)])),
    }
    const shown = Object.entries(sizes).map(([row, config]) => [
      row,
      E.isRight(config) ? config.right.vision.imageSize : 0,
    ])
    expect(Object.fromEntries(shown)).toEqual(
      Object.fromEntries(Object.entries(imagePresets).map(([row, { size }]) => [row, size])),
    )
  })

  test("pixels are normalised by each row's own statistics", async () => {
    const source = await picture("src_160x120.jpg.decoded.png")
    const clip = preprocessImage(imagePresets["dfn-h14-378"], source)
    expect(clip).toHaveLength(3 * 378 * 378)
    const siglip = preprocessImage(imagePresets["siglip-so400m-14-224"], source)
    const { data } = fitImage(imagePresets["siglip-so400m-14-224"], source)
    expect(siglip[0]).toBeCloseTo((data[0]! / 255 - 0.5) / 0.5, 6)
    expect(siglip.every((value) => Math.abs(value) <= 1)).toBe(true)
  })
})
