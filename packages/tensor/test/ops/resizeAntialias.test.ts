import { expect, it } from "vitest"
import { constant, interpret, resizeBilinear } from "../../src/index.ts"

const image = Array.from({ length: 35 }, (_, i) => ((i + 1) * (i + 1)) % 23)

// PyTorch 2.13: interpolate(x, size, mode="bilinear", align_corners=False, antialias=True) in f64.
const pytorch: readonly (readonly [readonly [number, number], readonly number[]])[] = [
  [
    [2, 3],
    [9.12012987012987, 8.200534759358288, 8.344155844155845, 6.337662337662337, 7.922459893048128, 8.321428571428571],
  ],
  [
    [3, 2],
    [8.338870431893685, 8.172757475083053, 8.041343669250647, 8.552971576227389, 6.887043189368772, 8.305647840531561],
  ],
  [
    [5, 4],
    [
      2.666666666666667, 9.96, 8.12, 7.238095238095239, 14.952380952380954, 8.24, 6.4, 10, 11.333333333333336, 7.92,
      10.68, 6.714285714285715, 0.5714285714285715, 1.64, 9, 8.333333333333334, 8.952380952380954, 13.32, 8.72,
      6.095238095238097,
    ],
  ],
]

it.each(pytorch)("an antialiased resize to %j counts every pixel, as PyTorch's does", (size, wanted) => {
  const x = constant(image, [1, 1, 5, 7])
  const got = interpret(resizeBilinear(x, size, { antialias: true })).data
  wanted.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 4))
  expect([...interpret(resizeBilinear(x, size)).data]).not.toEqual([...got])
})

it("an image that grows is resized alike, antialiased or not", () => {
  const x = constant(image, [1, 1, 5, 7])
  const [plain, antialiased] = [false, true].map(
    (antialias) => interpret(resizeBilinear(x, [9, 8], { antialias })).data,
  )
  antialiased!.forEach((value, i) => expect(value).toBeCloseTo(plain![i]!, 4))
})

it("a misspelt option is refused", () => {
  const x = constant(image, [1, 1, 5, 7])
  expect(() => resizeBilinear(x, [2, 2], { antialiased: true } as never)).toThrowError(/did you mean antialias/)
})
