import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compareGroup, worstOf } from "../../src/verify/group.ts"
import { distanceOf, type Numbers } from "../../src/verify/metric.ts"
import { compareElements } from "../../src/verify/relative.ts"

const vector = (...values: readonly number[]): Numbers => ({ shape: [values.length], values })

// Squares of numbers below 1e-160 vanish in f64.
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((x) => x === 0 || Math.abs(x) > 1e-150)

describe("the distance of two tensors", () => {
  it("is |got − want|₂, max |got − want|, and the size of want", () =>
    expect(distanceOf(vector(1, 5), vector(4, 1))).toEqual({ l2: 5, max: 4, wantL2: Math.sqrt(17), wantMax: 4 }))

  it("is zero only for equal numbers", () =>
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), fc.nat(), finite, (values, at, change) => {
        const changed = values.with(at % values.length, values[at % values.length]! + change)
        const same = changed.every((value, i) => value === values[i])
        expect(distanceOf(vector(...changed), vector(...values)).l2 === 0).toBe(same)
      }),
    ))

  it.each([Number.NaN, Infinity, -Infinity])("is infinite where %s was computed", (value) =>
    expect(distanceOf(vector(1, value), vector(1, 2)).l2).toBe(Infinity),
  )

  it("is infinite for another shape of as many numbers", () =>
    expect(
      distanceOf({ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] }, { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] }).l2,
    ).toBe(Infinity))

  it("does not mind how a scalar is stored", () =>
    expect(distanceOf({ shape: [], values: [3] }, { shape: [1], values: [3] }).l2).toBe(0))
})

describe("a group of tensors", () => {
  const bar = { l2: 1e-3, max: 1e-2 }

  it("passes within its bar and fails beyond it", () => {
    const pair = (error: number) => [{ name: "x", got: vector(1 + error), want: vector(1) }]
    expect(compareGroup("outputs", pair(0.9e-3), bar).passed).toBe(true)
    expect(compareGroup("outputs", pair(1.1e-3), bar).passed).toBe(false)
  })

  it("fails by the largest element where the case has a bar for it", () => {
    const want = vector(...new Array<number>(10_000).fill(1))
    const got = vector(...new Array<number>(9_999).fill(1), 1.05)
    expect(compareGroup("outputs", [{ name: "x", got, want }], { l2: 1e-3 }).passed).toBe(true)
    expect(compareGroup("outputs", [{ name: "x", got, want }], bar).passed).toBe(false)
  })

  it("fails for a tensor that was not computed, and says so", () => {
    const group = compareGroup("outputs", [{ name: "x", got: undefined, want: vector(1) }], bar)
    expect(group.passed).toBe(false)
    expect(group.tensors[0]!.problem).toBe("not computed")
  })

  it("tells a wrong shape from a number that is none", () => {
    const problems = [vector(1, 2), vector(Number.NaN)].map(
      (got) => compareGroup("outputs", [{ name: "x", got, want: vector(1) }], bar).tensors[0]!.problem,
    )
    expect(problems).toEqual(["another shape", "not finite"])
  })

  const large = { name: "large", got: vector(100, 0), want: vector(100, 0) }
  const small = (error: number) => ({ name: "small", got: vector(1e-4 + error), want: vector(1e-4) })

  it("forgives rounding in a gradient that is tiny beside the others", () => {
    expect(compareGroup("gradients", [large, small(0.9e-4)], bar, { tinyRule: true }).passed).toBe(true)
    expect(compareGroup("gradients", [large, small(1.1e-4)], bar, { tinyRule: true }).passed).toBe(false)
  })

  it("does not forgive it in outputs", () =>
    expect(compareGroup("outputs", [large, small(0.9e-4)], bar).passed).toBe(false))

  it("wants a gradient of zero to be zero to rounding", () => {
    const zero = (got: number) => ({ name: "zero", got: vector(got), want: vector(0) })
    expect(compareGroup("gradients", [large, zero(1e-5)], bar, { tinyRule: true }).passed).toBe(true)
    expect(compareGroup("gradients", [large, zero(1e-3)], bar, { tinyRule: true }).passed).toBe(false)
  })

  it("names the tensors nearest to their bars first", () => {
    const pairs = [1e-5, 5e-4, 1e-4].map((error, i) => ({ name: `t${i}`, got: vector(1 + error), want: vector(1) }))
    expect(worstOf(compareGroup("outputs", pairs, bar), 2).map(({ name }) => name)).toEqual(["t1", "t2"])
  })
})

describe("numbers that are compared one by one", () => {
  it("allow the relative error of the worst", () => {
    expect(compareElements("rates", [1, 2.002], [1, 2], 1e-2).error).toBeCloseTo(1e-3)
    expect(compareElements("rates", [1, 2.1], [1, 2], 1e-2).passed).toBe(false)
  })

  it("allow nothing but zero where zero is wanted", () => {
    expect(compareElements("rates", [0], [0], 1e-12).passed).toBe(true)
    expect(compareElements("rates", [1e-30], [0], 1e-12).passed).toBe(false)
  })

  it("fail for fewer numbers than wanted", () => expect(compareElements("rates", [1], [1, 2], 1).passed).toBe(false))
})
