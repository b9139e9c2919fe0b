import { describe, expect, it } from "vitest"
import { bootstrap, mcnemar, meanOf, resample, studentT95, wilson } from "@diva/diva"

describe("Wilson's interval", () => {
  it.each([
    [35, 135, 0.1927228796, 0.3391172455],
    [0, 15, 0, 0.203883301],
    [15, 15, 0.796116699, 1],
  ])("of %i in %i is the published formula's", (k, n, low, high) => {
    const { value, count, interval } = wilson(k, n)
    expect(value).toBe(k / n)
    expect(count).toBe(n)
    expect(interval.low).toBeCloseTo(low, 9)
    expect(interval.high).toBeCloseTo(high, 9)
  })

  it("of nothing is everything", () => expect(wilson(0, 0).interval).toEqual({ low: 0, high: 1 }))
})

describe("McNemar's exact test", () => {
  it.each([
    [12, 3, 0.03515625],
    [3, 12, 0.03515625],
    [0, 0, 1],
    [5, 5, 1],
    [40, 20, 0.0134892937],
  ])("of %i gained and %i lost", (gained, lost, p) => expect(mcnemar(gained, lost)).toBeCloseTo(p, 9))
})

describe("Student's interval", () => {
  it.each([
    [1, 12.7062047],
    [4, 2.7764451],
    [9, 2.2621572],
    [100, 1.9839715],
  ])("with %i degrees of freedom uses the tables' t", (freedom, t) => expect(studentT95(freedom)).toBeCloseTo(t, 5))

  it("says nothing of a single measurement", () =>
    expect(meanOf([3]).interval).toEqual({ low: -Infinity, high: Infinity }))

  it("has no width where all measurements agree", () =>
    expect(meanOf([2, 2, 2])).toMatchObject({ value: 2, count: 3, interval: { low: 2, high: 2 } }))
})

describe("the bootstrap", () => {
  const mean = (values: readonly number[]) => (units: Uint32Array) =>
    units.reduce((sum, i) => sum + values[i]!, 0) / units.length

  it("is a pure function of its seed", () => {
    expect(resample(50, 3, 7)).toEqual(resample(50, 3, 7))
    expect(resample(50, 3, 7)).not.toEqual(resample(50, 4, 7))
    expect([...resample(50, 3, 7)].every((i) => i >= 0 && i < 50)).toBe(true)
  })

  it("finds the standard error of a mean", () => {
    const values = Array.from({ length: 400 }, (_, i) => (i % 5 === 0 ? 1 : 0))
    const { value, interval } = bootstrap(400, mean(values), { resamples: 2000 })
    const half = 1.96 * Math.sqrt((0.2 * 0.8) / 400)
    expect(value).toBeCloseTo(0.2, 12)
    expect(Math.abs(interval.high - interval.low - 2 * half)).toBeLessThan(0.15 * 2 * half)
  })

  it("covers the truth of a known population in about 95 of 100 samples", () => {
    const covered = Array.from({ length: 100 }, (_, sample) => {
      const values = Array.from(resample(1000, 99, sample).subarray(0, 100), (i) => (i < 300 ? 1 : 0))
      const { low, high } = bootstrap(100, mean(values), { resamples: 300, seed: sample }).interval
      return low <= 0.3 && high >= 0.3
    })
    expect(covered.filter(Boolean).length).toBeGreaterThanOrEqual(88)
  })
})
