import * as fc from "fast-check"
import { expect, it } from "vitest"
import {
  argsort,
  averagePool,
  batchNormTraining,
  constant,
  cumprod,
  cummin,
  dropout,
  interpret,
  key,
  maxPool,
  median,
  ones,
  quantile,
  sort,
  takeAlongAxis,
  topK,
  zeros,
  type Tensor,
} from "@diva/tensor"

const values = (x: Tensor): readonly number[] => Array.from(interpret({ x }).x.data)

/** As the op says: by number, NaN last, equal ones as they come. */
const placesOf = (xs: readonly number[], descending: boolean): readonly number[] => {
  const less = (a: number, b: number) => a < b || (Number.isNaN(b) && !Number.isNaN(a))
  const sign = descending ? -1 : 1
  return xs.map((_, i) => i).toSorted((i, j) => (less(xs[i]!, xs[j]!) ? -sign : less(xs[j]!, xs[i]!) ? sign : i - j))
}

it("argsort is stable, and takes NaN for larger than every number", () => {
  const element = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(NaN, Infinity, -Infinity, 0.5))
  fc.assert(
    fc.property(fc.array(element, { minLength: 1, maxLength: 9 }), fc.boolean(), (xs, descending) => {
      const x = constant(xs)
      expect(values(argsort(x, { descending }))).toEqual(placesOf(xs, descending))
      expect(values(sort(x, { descending }))).toEqual(placesOf(xs, descending).map((i) => Math.fround(xs[i]!)))
    }),
    { numRuns: 50 },
  )
})

it("long lines are merged to what short ones are counted to", () => {
  const element = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(NaN, Infinity, -Infinity, -0, 0.5))
  fc.assert(
    fc.property(fc.array(element, { minLength: 257, maxLength: 700 }), fc.boolean(), (xs, descending) => {
      expect(values(argsort(constant(xs), { descending }))).toEqual(placesOf(xs, descending))
    }),
    { numRuns: 5 },
  )
  const whole = Array.from({ length: 300 }, (_, i) => ((i * 37) % 101) - 50)
  expect(values(sort(constant(whole, [300], "i32")))).toEqual(whole.toSorted((a, b) => a - b))
})

it("sorting takes integers, no elements, and any axis", () => {
  expect(values(sort(constant([3, -1, 2], [3], "i32")))).toEqual([-1, 2, 3])
  expect(sort(zeros([2, 0])).shape).toEqual([2, 0])
  expect(values(sort(constant([3, 1, 2, 4], [2, 2]), { axis: 0 }))).toEqual([2, 1, 3, 4])
})

it("topK gives the largest and where they are", () => {
  const { values: largest, indices } = topK(constant([1, 5, 5, 2]), 3)
  expect([values(largest), values(indices)]).toEqual([
    [5, 5, 2],
    [1, 2, 3],
  ])
  expect(() => topK(ones([3]), 4)).toThrow(/4 is no number of elements up to the 3/)
  expect(() => topK(ones([3]), 2, { dim: 0 } as never)).toThrow(/did you mean axis/)
})

it("quantiles lie between neighbours, and are NaN where an element is", () => {
  const x = constant([4, 1, 3, 2])
  expect([0, 0.5, 1].map((share) => values(quantile(x, share))[0])).toEqual([1, 2.5, 4])
  expect(values(median(constant([1, NaN, 2])))).toEqual([NaN])
  expect(median(ones([2, 3]), { axis: 1, keep: true }).shape).toEqual([2, 1])
  expect(() => quantile(x, 1.5)).toThrow(/1.5 of 4 elements/)
})

it("running products and extremes go along the axis", () => {
  expect(values(cumprod(constant([2, 0, 3, 4])))).toEqual([2, 0, 0, 0])
  expect(values(cummin(constant([3, 1, NaN, 0])))).toEqual([3, 1, NaN, NaN])
})

it("elements by number are clamped into the axis", () => {
  expect(values(takeAlongAxis(constant([1, 2, 3]), constant([2, -1, 9], [3], "i32")))).toEqual([3, 1, 3])
  expect(() => takeAlongAxis(ones([2, 3]), constant([0], [1], "i32"))).toThrow(/x's shape but for axis -1/)
})

it("dropout drops by the key, keeps the mean, and refuses a rate of 1", () => {
  const dropped = values(dropout(ones([4000]), key(1), 0.25))
  expect(new Set(dropped)).toEqual(new Set([0, Math.fround(1 / 0.75)]))
  expect(Math.abs(dropped.reduce((a, b) => a + b, 0) / 4000 - 1)).toBeLessThan(0.05)
  expect(values(dropout(ones([4000]), key(1), 0.25))).toEqual(dropped)
  expect(() => dropout(ones([2]), key(1), 1)).toThrow(/below 1/)
})

it("pooling takes lines as well as planes, and refuses windows that do not fit", () => {
  expect(values(maxPool(constant([1, 4, 2, 3, 9], [1, 1, 5]), { size: 2 }))).toEqual([4, 3])
  expect(values(averagePool(constant([1, 3, 5, 7], [1, 1, 4]), { size: 2, stride: 1 }))).toEqual([2, 4, 6])
  expect(() => maxPool(ones([1, 1, 3]), { size: 4 })).toThrow(/windows of \[4\]/)
})

it("training by batches moves the running statistics by the unbiased variance", () => {
  const x = constant([1, 3, 5, 7], [4, 1])
  const { running } = batchNormTraining(x, { running: { mean: zeros([1]), variance: ones([1]) }, momentum: 0.5 })
  expect(values(running.mean)).toEqual([2])
  expect(values(running.variance)[0]).toBeCloseTo(0.5 + 0.5 * (20 / 3), 5)
})
