import { expect, it } from "vitest"
import { erfReference } from "../../src/elementary/erfReference.ts"

it.each([
  [1e-8, 1.1283791670955126e-8],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1.0, 0.8427007929497149],
  [1.5, 0.9661051464753108],
  [1.999, 0.9953015566513705],
  [2.0, 0.9953222650189527],
  [2.5, 0.999593047982555],
  [3.25, 0.9999956972205363],
  [5.0, 0.9999999999984626],
  [7.0, 1.0],
])("erf(%f) has the digits of arbitrary-precision arithmetic", (x, value) => {
  expect(Math.abs(erfReference(x) - value)).toBeLessThanOrEqual(1e-15)
  expect(erfReference(-x)).toBe(-erfReference(x))
})
