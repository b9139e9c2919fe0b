import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { beforeAll, describe, expect, test } from "vitest"
import {
  bicubic,
  crop,
  decodeImage,
  divaCropRanges,
  fitAndCrop,
  normalise,
  randomCropBox,
  renderImageError,
  resize,
  type RgbImage,
  squash,
} from "../../src/image/index.ts"

interface Try {
  readonly area_fraction: number
  readonly aspect_w_over_h: number
  readonly w: number
  readonly h: number
}
interface Result {
  readonly op: string
  readonly src: string
  readonly n: number
  readonly sha256_rgb_hwc: string
  readonly box: { readonly top: number; readonly left: number; readonly width: number; readonly height: number }
  readonly fallback_center_crop: boolean
  readonly tries: readonly Try[]
}

const folder = path.join(import.meta.dirname, "../golden/06_images")
const { results }: { readonly results: readonly Result[] } = JSON.parse(
  readFileSync(path.join(folder, "manifest.json"), "utf8"),
)
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const load = async (file: string): Promise<RgbImage> => {
  const decoded = await decodeImage(readFileSync(path.join(folder, file)), file)()
  if (E.isLeft(decoded)) throw new Error(renderImageError(decoded.left))
  return decoded.right
}

const sources = new Map<string, RgbImage>()
const sourceOf = (file: string): RgbImage => sources.get(file)!
beforeAll(async () => {
  for (const file of ["src_300x411.png", "src_160x120.jpg"]) sources.set(file, await load(file))
})

test("the JPEG decodes to Pillow's pixels exactly", async () => {
  expect(sha256(sourceOf("src_160x120.jpg").data)).toBe(sha256((await load("src_160x120.jpg.decoded.png")).data))
})

const preprocessing = results.filter(({ op }) => op === "openai_clip_preprocess" || op === "siglip_squash")

test("the stored case has results of both kinds of evaluation preprocessing", () => {
  expect(preprocessing.map(({ op, n }) => `${op} ${n}`).toSorted()).toEqual([
    "openai_clip_preprocess 224",
    "openai_clip_preprocess 224",
    "openai_clip_preprocess 336",
    "siglip_squash 224",
    "siglip_squash 224",
    "siglip_squash 384",
  ])
})

test.each(preprocessing)("$op of $src to $n gives Pillow's bytes", ({ op, src, n, sha256_rgb_hwc }) => {
  const preprocess = op === "siglip_squash" ? squash : fitAndCrop
  expect(sha256(preprocess(sourceOf(src), n).data)).toBe(sha256_rgb_hwc)
})

test("normalised pixels are torch's floats bit for bit", () => {
  const stored = JSON.parse(readFileSync(path.join(folder, "floats.json"), "utf8"))
  const floats = normalise(fitAndCrop(sourceOf("src_300x411.png"), 224))
  expect(sha256(new Uint8Array(floats.buffer))).toBe(stored["clip224.src_300x411.png"].sha256_f32_little_endian)
})

describe.each(results.filter(({ op }) => op === "random_resized_crop_512"))("random-resized crop of $src", (result) => {
  const { src, box, tries, fallback_center_crop, sha256_rgb_hwc } = result

  test("cropping and enlarging to 512 gives Pillow's bytes", () => {
    const cropped = crop(sourceOf(src), box)
    expect(sha256(resize(cropped, { width: 512, height: 512 }, bicubic).data)).toBe(sha256_rgb_hwc)
  })

  test("the drawn areas and aspects lead to torchvision's sizes and box", () => {
    const image = sourceOf(src)
    const {
      area: [smallest, largest],
      aspect: [narrowest, widest],
    } = divaCropRanges
    const uniforms = (draw: number): number => {
      const { area_fraction, aspect_w_over_h } = tries[Math.floor(draw / 4)]!
      if (draw % 4 === 0) return (area_fraction - smallest) / (largest - smallest)
      if (draw % 4 === 1) return Math.log(aspect_w_over_h / narrowest) / Math.log(widest / narrowest)
      if (draw % 4 === 2) return (box.top + 0.5) / (image.height - box.height + 1)
      return (box.left + 0.5) / (image.width - box.width + 1)
    }
    const lastTry = tries.at(-1)!
    expect(randomCropBox(image, divaCropRanges, uniforms)).toEqual(box)
    expect(fallback_center_crop).toBe(lastTry.w > image.width || lastTry.h > image.height)
  })
})
