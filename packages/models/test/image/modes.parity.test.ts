import { readFileSync } from "node:fs"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, test } from "vitest"
import {
  bicubic,
  bilinear,
  box,
  crop,
  decodeImage,
  decodePicture,
  fitAndCrop,
  type ImageError,
  type Picture,
  randomResizedCrop,
  renderImageError,
  resize,
  rgbOf,
  squash,
} from "../../src/image/index.ts"

const right = <A>(either: E.Either<ImageError, A>): A => {
  if (E.isLeft(either)) throw new Error(renderImageError(either.left))
  return either.right
}
const read = async (file: string): Promise<Picture> => right(await decodePicture(readFileSync(file), file)())
const cases = (name: string): string => path.join(import.meta.dirname, "../cases/resize-modes", name)
const golden = (name: string): string => path.join(import.meta.dirname, "../golden/pillow-modes", name)

describe("pictures are resized in their own mode, byte for byte as Pillow 12.3", () => {
  test.each(["palette.png", "bilevel.png", "rgba.png", "grey-alpha.png", "cmyk.jpg"])("%s to 24", async (name) => {
    const picture = await read(cases(name))
    const stem = name.replace(/\.\w+$/, "")
    for (const [way, fit] of [
      ["squash24", squash],
      ["clip24", fitAndCrop],
    ] as const) {
      const want = right(await decodeImage(readFileSync(cases(`${stem}.${way}.png`)), way)())
      expect(rgbOf(fit(picture, 24))).toEqual(want)
    }
  })

  interface Made {
    readonly size: readonly [number, number]
    readonly rgb: string
  }
  type Way = "whole" | "shrunk" | "grown" | "cropped" | "padded" | "narrowed"
  const stored = JSON.parse(readFileSync(golden("cases.json"), "utf8")) as {
    readonly cases: Readonly<Record<string, Readonly<Record<Way, Made>>>>
  }

  const makers: Readonly<Record<Way, (picture: Picture) => Picture>> = {
    whole: (picture) => picture,
    shrunk: (picture) => resize(picture, { width: 13, height: 11 }, bicubic),
    grown: (picture) => resize(picture, { width: 50, height: 41 }, bilinear),
    cropped: (picture) =>
      resize(crop(picture, { left: 3, top: 2, width: 30, height: 23 }), { width: 12, height: 12 }, bicubic),
    padded: (picture) => crop(makers.shrunk(picture), { left: -2, top: -3, width: 16, height: 16 }),
    narrowed: (picture) => resize(picture, { width: 5, height: picture.height }, box),
  }

  test.each(Object.keys(stored.cases))("%s: whole, shrunk, grown, cropped, padded, narrowed", async (name) => {
    const picture = await read(golden(name))
    for (const [way, make] of Object.entries(makers) as [Way, (picture: Picture) => Picture][]) {
      const { width, height, data } = rgbOf(make(picture))
      const want = stored.cases[name]![way]
      expect([way, width, height, Buffer.from(data).toString("hex")]).toEqual([way, ...want.size, want.rgb])
    }
  })

  test("the crop of training takes the picture as it is stored", async () => {
    const picture = await read(golden("rgba8.png"))
    const whole = { area: [1, 1], aspect: [1, 1] } as const
    const edge = Math.min(picture.width, picture.height)
    const middle = crop(picture, {
      left: Math.floor((picture.width - edge) / 2),
      top: Math.floor((picture.height - edge) / 2),
      width: edge,
      height: edge,
    })
    expect(randomResizedCrop(picture, 9, () => 0.5, whole)).toEqual(rgbOf(resize(middle, { width: 9, height: 9 })))
  })
})
