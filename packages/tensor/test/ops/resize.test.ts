import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { constant, interpret, ones, resize, type ResizeOptions } from "../../src/index.ts"

interface Golden {
  readonly cases: readonly {
    readonly size: readonly number[]
    readonly options: ResizeOptions
    readonly values: readonly number[]
  }[]
}

const { cases } = JSON.parse(readFileSync(new URL("../golden/resize.json", import.meta.url), "utf8")) as Golden

const image = Array.from({ length: 35 }, (_, i) => ((i + 1) * (i + 1)) % 23)

describe("resize", () => {
  it.each(cases)("to $size with $options computes what PyTorch does", ({ size, options, values }) => {
    const got = interpret(resize(constant(image, [1, 1, 5, 7]), size, options), new Map(), { precision: "f64" })
    expect(got.shape).toEqual([1, 1, ...size])
    // Shares are rounded to f32.
    values.forEach((value, i) => expect(Math.abs(got.data[i]! - value)).toBeLessThan(1e-5))
  })

  it("takes as many axes as it is given sizes", () => {
    const x = constant([0, 4, 8], [3])
    expect([...interpret(resize(x, [6], { mode: "nearest" })).data]).toEqual([0, 0, 4, 4, 8, 8])
    expect([...interpret(resize(x, [5], { alignCorners: true })).data]).toEqual([0, 2, 4, 6, 8])
    expect(resize(ones([2, 4, 4, 4]), [2, 3, 5]).shape).toEqual([2, 2, 3, 5])
  })

  it("repeats without arithmetic, so that NaN stays where it is", () => {
    expect([...interpret(resize(constant([NaN, 1], [2]), [4], { mode: "nearest" })).data]).toEqual([NaN, NaN, 1, 1])
  })

  it("refuses what it has not, in words", () => {
    const x = ones([1, 1, 4, 4])
    expect(() => resize(x, [2, 2], { mode: "cubic" } as never)).toThrow(/no mode cubic/)
    expect(() => resize(x, [2, 2], { mode: "area", alignCorners: true })).toThrow(/area has no such choice/)
    expect(() => resize(x, [2, 2], { alignCorners: true, antialias: true })).toThrow(/leave alignCorners out/)
    expect(() => resize(x, [0, 2])).toThrow(/extents from 1 on/)
    expect(() => resize(ones([3]), [2, 2])).toThrow(/ShapeMismatch in resize[\s\S]*places 3/)
  })
})
