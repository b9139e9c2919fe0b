import { readFileSync } from "node:fs"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import sharp from "sharp"
import { describe, expect, test } from "vitest"
import {
  decodeImage,
  encodeJpeg,
  encodePng,
  imageFormat,
  renderImageError,
  type RgbImage,
} from "../../src/image/index.ts"

const jpeg = readFileSync(path.join(import.meta.dirname, "../golden/06_images/src_160x120.jpg"))

const decode = async (bytes: Uint8Array): Promise<RgbImage> => {
  const decoded = await decodeImage(bytes, "picture")()
  if (E.isLeft(decoded)) throw new Error(renderImageError(decoded.left))
  return decoded.right
}
const rgba = Uint8Array.of(10, 20, 30, 200, 200, 100, 50, 0, 1, 2, 3, 255, 90, 80, 70, 128)
const raw = (channels: 1 | 2 | 3 | 4, width = 2) =>
  sharp(rgba, { raw: { width, height: rgba.length / channels / width, channels } })
const withoutAlpha = [10, 20, 30, 200, 100, 50, 1, 2, 3, 90, 80, 70]

describe("pixels are Pillow's convert(RGB)", () => {
  test.each([
    ["PNG", () => raw(4).png().toBuffer()],
    ["lossless WebP", () => raw(4).webp({ lossless: true, exact: true }).toBuffer()],
  ])("%s: alpha is dropped, not blended", async (_name, encode) => {
    expect([...(await decode(await encode())).data]).toEqual(withoutAlpha)
  })

  test("grey is repeated in three channels, with and without alpha", async () => {
    const grey = await decode(await raw(1, 4).toColourspace("b-w").png().toBuffer())
    expect([...grey.data]).toEqual([...rgba].flatMap((v) => [v, v, v]))
    const greyAlpha = await decode(await raw(2, 4).toColourspace("b-w").png().toBuffer())
    expect([...greyAlpha.data]).toEqual([...rgba].filter((_, i) => i % 2 === 0).flatMap((v) => [v, v, v]))
  })

  test("an embedded colour profile changes nothing", async () => {
    const plain = await sharp(await raw(4).withIccProfile("p3").png().toBuffer(), { ignoreIcc: true })
      .removeAlpha()
      .raw()
      .toBuffer()
    expect([...(await decode(await raw(4).withIccProfile("p3").png().toBuffer())).data]).toEqual([...plain])
    expect([...plain]).not.toEqual(withoutAlpha)
  })

  test("the orientation tag does not turn the picture", async () => {
    const turned = await sharp(jpeg).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    expect((await sharp(turned).metadata()).orientation).toBe(6)
    expect(await decode(turned)).toMatchObject({ width: 160, height: 120 })
  })

  test("CMYK becomes (255 − ink)(255 − black)/255", async () => {
    const cmyk = await sharp(jpeg).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer()
    const inks = await sharp(cmyk, { ignoreIcc: true })
      .pipelineColourspace("cmyk")
      .toColourspace("cmyk")
      .raw()
      .toBuffer()
    const { data } = await decode(cmyk)
    const worst = data.reduce((most, value, i) => {
      const ink = inks[4 * Math.floor(i / 3) + (i % 3)]!
      const black = inks[4 * Math.floor(i / 3) + 3]!
      return Math.max(most, Math.abs(value - ((255 - ink) * (255 - black)) / 255))
    }, 0)
    expect(data.byteLength).toBe(3 * 160 * 120)
    expect(worst).toBeLessThan(1)
  })

  test("16-bit PNG keeps the upper byte", async () => {
    const deep = await sharp(Uint16Array.of(0x0102, 0x8081, 0xffff), { raw: { width: 1, height: 1, channels: 3 } })
      .toColourspace("rgb16")
      .png()
      .toBuffer()
    expect([...(await decode(deep)).data]).toEqual([0x01, 0x80, 0xff])
  })
})

describe("damage", () => {
  test.each([
    ["a GIF without a picture", "GIF89a................"],
    ["a TIFF without a directory", "II*\0........"],
    ["an AVIF without content", "....ftypavif...."],
  ])("%s is ImageUndecodable", async (_what, text) => {
    const outcome = await decodeImage(new TextEncoder().encode(text), "x")()
    expect(outcome).toMatchObject(E.left({ _tag: "ImageUndecodable" }))
  })

  test("a JPEG cut anywhere is ImageUndecodable, never half a picture", async () => {
    const cuts = [3, 200, 623, 700, 2000, 5000, jpeg.length - 500, jpeg.length - 2, jpeg.length - 1]
    for (const cut of cuts) {
      const outcome = await decodeImage(jpeg.subarray(0, cut), "shard.tar:00017.jpg")()
      expect(outcome, `cut at ${cut}`).toMatchObject(E.left({ _tag: "ImageUndecodable", name: "shard.tar:00017.jpg" }))
    }
  })

  test.each(["png", "webp"] as const)("a truncated %s is ImageUndecodable", async (format) => {
    const bytes = await sharp(jpeg).toFormat(format).toBuffer()
    const outcome = await decodeImage(bytes.subarray(0, bytes.length / 2), "x")()
    expect(outcome).toMatchObject(E.left({ _tag: "ImageUndecodable" }))
  })

  test.each([
    ["nothing", new Uint8Array(0)],
    ["an error page", new TextEncoder().encode("<html>404 not found</html>")],
    ["an SVG, which could name other files", new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ["a HEIC photograph", new TextEncoder().encode("....ftypheic....")],
  ])("%s is ImageFormatUnknown with a remedy", async (_name, bytes) => {
    const outcome = await decodeImage(bytes, "x")()
    expect(outcome).toMatchObject(E.left({ _tag: "ImageFormatUnknown", name: "x" }))
    expect(E.isLeft(outcome) && renderImageError(outcome.left)).toContain("convert it to JPEG, PNG or WebP")
  })
})

describe("encoding", () => {
  const source: RgbImage = { width: 2, height: 2, data: Uint8Array.from(withoutAlpha) }

  test("PNG gives the pixels back", async () => {
    expect(await decode(await encodePng(source))).toEqual(source)
  })

  test("JPEG is the same bytes each time and of its own format", async () => {
    const [first, second] = [await encodeJpeg(source), await encodeJpeg(source)]
    expect(first).toEqual(second)
    expect(imageFormat(first)).toBe("jpeg")
  })
})
