import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, test } from "vitest"
import {
  bicubic,
  bilinear,
  crop,
  decodePicture,
  type ImageError,
  type Picture,
  renderImageError,
  resize,
  rgbOf,
} from "../../src/image/index.ts"

const right = <A>(either: E.Either<ImageError, A>): A => {
  if (E.isLeft(either)) throw new Error(renderImageError(either.left))
  return either.right
}

interface Made {
  readonly size: readonly [number, number]
  /** SHA-256 of the pixels, or the pixels. */
  readonly rgb: string
}

type Way = "whole" | "shrunk" | "grown" | "cropped" | "padded"

type Cases = Readonly<Partial<Record<Way, Made>> & { whole: Made }>

const golden = (name: string): string => path.join(import.meta.dirname, "../golden/pillow-formats", name)
const stored = JSON.parse(readFileSync(golden("cases.json"), "utf8")) as {
  readonly cases: Readonly<Record<string, Cases>>
}
const bytesOf = (name: string): Uint8Array => readFileSync(golden(name))
const read = async (name: string): Promise<Picture> => right(await decodePicture(bytesOf(name), name)())
const names = Object.keys(stored.cases)
const isAvif = (name: string): boolean => name.endsWith(".avif")

describe("pictures of every format are read and resized byte for byte as Pillow 12.3", () => {
  const makers: Readonly<Record<Way, (picture: Picture) => Picture>> = {
    whole: (picture) => picture,
    shrunk: (picture) => resize(picture, { width: 13, height: 11 }, bicubic),
    grown: (picture) => resize(picture, { width: 50, height: 41 }, bilinear),
    cropped: (picture) =>
      resize(crop(picture, { left: 3, top: 2, width: 24, height: 23 }), { width: 12, height: 12 }, bicubic),
    padded: (picture) => crop(picture, { left: -2, top: -3, width: 16, height: 16 }),
  }

  test("there are stored pictures", () => expect(names.length).toBeGreaterThan(40))

  test.each(names.filter((name) => !isAvif(name)))("%s: whole, shrunk, grown, cropped, padded", async (name) => {
    const picture = await read(name)
    for (const [way, make] of Object.entries(makers) as [Way, (picture: Picture) => Picture][]) {
      const { width, height, data } = rgbOf(make(picture))
      const want = stored.cases[name]![way]
      if (want === undefined) continue
      expect([way, width, height, createHash("sha256").update(data).digest("hex")]).toEqual([
        way,
        ...want.size,
        want.rgb,
      ])
    }
  })
})

describe("AVIF, which the original's Pillow does not read, comes as close as decoders agree", () => {
  // Rounding of colours is left to decoders; where colours have half the resolution, so is what lies between them.
  test.each([
    ["full-colour.avif", 1],
    ["rgba.avif", 1],
    ["moving.avif", 1],
    ["grey.avif", 0],
    ["half-colour.avif", 16],
  ])("%s: no level is off by more than %i", async (name, most) => {
    const { width, height, data } = rgbOf(await read(name))
    const want = stored.cases[name]!.whole
    const pixels = Buffer.from(want.rgb, "hex")
    const off = data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - pixels[i]!)), 0)
    expect([width, height]).toEqual(want.size)
    expect(off).toBeLessThanOrEqual(most)
  })
})

describe("damage", () => {
  test.each(["rgb-deflate.tiff", "palette.tiff", "plain.gif", "full-colour.avif"])(
    "%s cut in the middle is ImageUndecodable, never half a picture",
    async (name) => {
      const bytes = bytesOf(name)
      for (const share of [0.4, 0.6, 0.8]) {
        const cut = bytes.subarray(0, Math.floor(share * bytes.byteLength))
        const outcome = await decodePicture(cut, "shard.tar:00017")()
        expect(outcome, `${share}`).toMatchObject(E.left({ _tag: "ImageUndecodable", name: "shard.tar:00017" }))
      }
    },
  )

  test("a TIFF whose directory leads anywhere ends in an error", async () => {
    const bytes = new Uint8Array(bytesOf("palette.tiff"))
    bytes.set([0xff, 0xff, 0xff, 0x7f], 4)
    expect(await decodePicture(bytes, "x")()).toMatchObject(E.left({ _tag: "ImageUndecodable" }))
  })
})
