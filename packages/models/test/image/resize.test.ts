import * as fc from "fast-check"
import { expect, test } from "vitest"
import {
  bicubic,
  bilinear,
  box,
  normalise,
  resize,
  type ResampleFilter,
  type RgbImage,
  shortestEdge,
} from "../../src/image/index.ts"

const image = (width: number, height: number, at: (x: number, y: number, c: number) => number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) =>
    at(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3),
  ),
})

const anyImage = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: 3 * width * height, maxLength: 3 * width * height })
      .map((data): RgbImage => ({ width, height, data: new Uint8Array(data) })),
  )
const size = fc.integer({ min: 1, max: 20 })
const filters: readonly (readonly [string, ResampleFilter])[] = [
  ["box", box],
  ["bilinear", bilinear],
  ["bicubic", bicubic],
]

test.each(filters)("%s: a resized plain picture stays plain", (_name, filter) => {
  expect(() =>
    fc.assert(
      fc.property(size, size, size, size, fc.nat(255), (w, h, width, height, level) =>
        resize(
          image(w, h, () => level),
          { width, height },
          filter,
        ).data.every((value) => value === level),
      ),
    ),
  ).not.toThrow()
})

test.each(filters)("%s: mirroring left-right commutes with resizing by whole factors", (_name, filter) => {
  const mirrored = ({ width, height, data }: RgbImage): RgbImage =>
    image(width, height, (x, y, c) => data[3 * (y * width + width - 1 - x) + c]!)
  const source = image(8, 4, (x, y, c) => (x * 37 + y * 91 + c * 53) % 256)
  const to = { width: 4, height: 2 }
  expect(resize(mirrored(source), to, filter)).toEqual(mirrored(resize(source, to, filter)))
})

test("channels do not mix", () => {
  expect(() =>
    fc.assert(
      fc.property(anyImage, size, size, (source, width, height) => {
        const alone = resize({ ...source, data: source.data.map((v, i) => (i % 3 === 1 ? v : 0)) }, { width, height })
        const together = resize(source, { width, height })
        return alone.data.every((v, i) => v === (i % 3 === 1 ? together.data[i] : 0))
      }),
    ),
  ).not.toThrow()
})

test("the same size gives the same pixels", () => {
  const source = image(5, 7, (x, y, c) => x * y + c)
  expect(resize(source, { width: 5, height: 7 })).toEqual(source)
})

test("box halves by averaging the two pixels, rounding halves up", () => {
  const source: RgbImage = { width: 2, height: 1, data: Uint8Array.of(0, 10, 255, 1, 20, 255) }
  expect([...resize(source, { width: 1, height: 1 }, box).data]).toEqual([1, 15, 255])
})

test("bilinear shrinking is antialiased: one bright column of four is still seen", () => {
  const source = image(4, 1, (x) => (x === 1 ? 255 : 0))
  // Weights of the widened triangle at the output centre: 5/24, 7/24, 7/24, 5/24 → 255 · 7/24 = 74.4.
  expect(resize(source, { width: 1, height: 1 }, bilinear).data[0]).toBe(74)
})

test("bicubic overshoot saturates instead of wrapping around", () => {
  const edge = image(8, 1, (x) => (x < 4 ? 0 : 255))
  const row = resize(edge, { width: 32, height: 1 }).data.filter((_, i) => i % 3 === 0)
  expect(row[0]).toBe(0)
  expect(row.at(-1)).toBe(255)
  expect(row.every((value, i) => i === 0 || value >= row[i - 1]! - 1)).toBe(true)
})

test.each([
  [300, 411, 224, 224, 306],
  [160, 120, 224, 298, 224],
  [7, 7, 5, 5, 5],
])("a %i × %i picture with shorter edge %i is %i × %i", (w, h, edge, width, height) => {
  expect(
    shortestEdge(
      image(w, h, () => 0),
      edge,
    ),
  ).toMatchObject({ width, height })
})

test("normalise turns rows of pixels into planes of channels", () => {
  const source: RgbImage = { width: 2, height: 1, data: Uint8Array.of(0, 51, 102, 255, 204, 153) }
  const planes = normalise(source, { mean: [0, 0, 0], std: [1, 1, 1] })
  expect([...planes]).toEqual([0, 1, 0.2, 0.8, 0.4, 0.6].map(Math.fround))
})
