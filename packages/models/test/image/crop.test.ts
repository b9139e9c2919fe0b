import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { centreCrop, crop, randomCropBox, randomResizedCrop, type RgbImage } from "../../src/image/index.ts"
import { roundHalfEven } from "../../src/image/roundHalfEven.ts"

/** Each pixel is (x + 1, y + 1, 9), so that black can only come from padding. */
const numbered = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3)
    return [(pixel % width) + 1, Math.floor(pixel / width) + 1, 9][i % 3]!
  }),
})
const pixel = (image: RgbImage, x: number, y: number): readonly number[] => [
  ...image.data.subarray(3 * (y * image.width + x), 3 * (y * image.width + x) + 3),
]

test("a crop has the pixels of its place, and black outside the picture", () => {
  const place = fc.integer({ min: -9, max: 9 })
  const extent = fc.integer({ min: 1, max: 9 })
  expect(() =>
    fc.assert(
      fc.property(extent, extent, place, place, extent, extent, (w, h, left, top, width, height) => {
        const cut = crop(numbered(w, h), { left, top, width, height })
        return cut.data.every((value, i) => {
          const x = (Math.floor(i / 3) % width) + left
          const y = Math.floor(i / 3 / width) + top
          const inside = x >= 0 && y >= 0 && x < w && y < h
          return value === (inside ? [x + 1, y + 1, 9][i % 3] : 0)
        })
      }),
    ),
  ).not.toThrow()
})

describe("centre crop", () => {
  test("an odd margin leaves the start at the even half, as Python rounds", () => {
    expect(pixel(centreCrop(numbered(5, 7), 4, 4), 0, 0)).toEqual([1, 3, 9])
  })

  test("a smaller picture is padded, the odd black row and column last", () => {
    const padded = centreCrop(numbered(1, 2), 4, 5)
    expect(pixel(padded, 1, 1)).toEqual([1, 1, 9])
    expect(pixel(padded, 1, 2)).toEqual([1, 2, 9])
    expect(padded.data.reduce((sum, value) => sum + (value === 9 ? 1 : 0), 0)).toBe(2)
  })
})

test.each([
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [2.4999, 2],
  [2.5001, 3],
  [-0.5, -0],
  [-1.5, -2],
])("%f rounds to %i", (x, rounded) => {
  expect(roundHalfEven(x) + 0).toBe(rounded + 0)
})

describe("random crop box", () => {
  const ranges = { area: [0.5, 0.8], aspect: [3 / 4, 4 / 3] } as const
  const side = fc.integer({ min: 1, max: 300 })

  test("lies inside the picture whatever the draws and the picture", () => {
    const uniform = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    expect(() =>
      fc.assert(
        fc.property(side, side, fc.array(uniform, { minLength: 40, maxLength: 40 }), (width, height, draws) => {
          const box = randomCropBox({ width, height }, ranges, (draw) => draws[draw]!)
          return (
            box.left >= 0 &&
            box.top >= 0 &&
            box.width > 0 &&
            box.height > 0 &&
            box.left + box.width <= width &&
            box.top + box.height <= height
          )
        }),
      ),
    ).not.toThrow()
  })

  test("a try that does not fit uses the next four draws", () => {
    // First try: area 0.8 and the widest aspect need 103 of 100 columns; the second is square.
    const draws = [0.999999, 0.999999, 0, 0, 0, 0.5, 0.5, 0.999999]
    expect(randomCropBox({ width: 100, height: 100 }, ranges, (draw) => draws[draw]!)).toEqual({
      left: 29,
      top: 15,
      width: 71,
      height: 71,
    })
  })

  test.each([
    [400, 100, { left: 133, top: 0, width: 133, height: 100 }],
    [100, 400, { left: 0, top: 133, width: 100, height: 133 }],
  ])("a %i × %i picture, too long for any aspect, gives its centred middle", (width, height, box) => {
    expect(randomCropBox({ width, height }, { area: [0.9, 1], aspect: [3 / 4, 4 / 3] }, () => 0.5)).toEqual(box)
  })

  test("the crop is resized to a square of the asked size", () => {
    expect(randomResizedCrop(numbered(40, 30), 16, () => 0.5)).toMatchObject({ width: 16, height: 16 })
  })
})
