import { expect, it } from "vitest"
import { f32 } from "../../src/index.ts"
import { showStatistics, statisticsOf } from "../../src/text/statistics.ts"
import { showValues } from "../../src/text/values.ts"

it("statistics are those of the finite numbers", () => {
  expect(statisticsOf([1, 2, NaN, 3, -Infinity, 4])).toEqual({
    count: 6,
    mean: 2.5,
    deviation: Math.sqrt(1.25),
    smallest: 1,
    largest: 4,
    nan: 1,
    infinite: 1,
  })
  expect(showStatistics([NaN, NaN])).toBe("2 NaN")
})

it("a small deviation beside a large mean is not lost", () => {
  expect(statisticsOf([1e9, 1e9 + 1]).deviation).toBe(0.5)
})

it("one number needs no statistics, none has none", () => {
  expect(showValues(f32([], [3]))).toBe("f32[]  3")
  expect(showValues(f32([0], []))).toBe("f32[0]\n[]")
})
