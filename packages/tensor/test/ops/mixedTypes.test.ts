import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import type { DType } from "../../src/dtype/dtype.ts"
import { attempt, type TensorError } from "../../src/error.ts"
import { interpret } from "../../src/graph/interpret.ts"
import { fill as filled } from "../../src/ops/fill.ts"
import * as t from "../../src/ops/index.ts"

const refusal = (describe: () => unknown): TensorError | null => {
  const result = attempt(describe)
  return E.isLeft(result) ? result.left : null
}

const i32 = t.constant([1, 2, 3], [3], "i32")
const u32 = t.constant([1, 2, 3], [3], "u32")
const f16 = t.constant([1, 2, 3], [3], "f16")
const f32 = t.constant([1, 2, 3])

const binary = {
  add: t.add,
  sub: t.sub,
  mul: t.mul,
  div: t.div,
  remainder: t.remainder,
  maximum: t.maximum,
  minimum: t.minimum,
  less: t.less,
  lessEqual: t.lessEqual,
  greater: t.greater,
  greaterEqual: t.greaterEqual,
  equal: t.equal,
  notEqual: t.notEqual,
}

it.each(Object.entries(binary))("%s refuses a number that the integers beside it do not hold", (name, op) => {
  for (const number of [2.5, -0.1, NaN, Infinity, 2 ** 31, -(2 ** 31) - 1])
    for (const refused of [
      refusal(() => op(i32, number)),
      refusal(() => op(number, i32)),
      refusal(() => op(number)(i32)),
    ])
      expect({ number, tag: refused?._tag, op: refused?.op }).toEqual({ number, tag: "DTypeMismatch", op: name })
  for (const number of [-1, 0.5, 2 ** 32, -Infinity])
    expect({ number, tag: refusal(() => op(u32, number))?._tag }).toEqual({ number, tag: "DTypeMismatch" })
})

it.each(Object.entries(binary))("%s takes every number that its neighbour's type holds", (_name, op) => {
  for (const number of [2, -3, 2147483647, -2147483648]) expect(refusal(() => op(i32, number))).toBeNull()
  for (const number of [2, 0, 4294967295]) expect(refusal(() => op(u32, number))).toBeNull()
  for (const number of [2.5, NaN, Infinity, -1e38, 1e-60]) expect(refusal(() => op(f32, number))).toBeNull()
})

it("a number beyond the largest of a floating type is refused, ∞ itself is not", () => {
  expect(refusal(() => t.mul(f16, 65_520))?._tag).toBe("DTypeMismatch")
  expect(refusal(() => t.mul(f32, 1e39))?._tag).toBe("DTypeMismatch")
  expect([65_519, -65_504, Infinity, NaN].map((number) => refusal(() => t.mul(f16, number)))).toEqual(
    new Array(4).fill(null),
  )
})

it("the error names the op, shows the tensor, and says what to cast", () => {
  expect(refusal(() => t.mul(i32, 2.5))?.message).toMatch(
    /DTypeMismatch in mul: 2\.5 is not an integer.*\n {2}x {2}i32\[3\]\n {2}at .*\n {2}try {2}cast\(x, "f32"\)/,
  )
  expect(refusal(() => t.greater(u32, -1))?.message).toMatch(/-1 is outside u32: 0 to 4294967295/)
})

it("tensors of two element types are refused in either order", () => {
  for (const op of Object.values(binary))
    expect([refusal(() => op(i32, f32))?._tag, refusal(() => op(f32, i32))?._tag]).toEqual([
      "DTypeMismatch",
      "DTypeMismatch",
    ])
})

it("select and clamp refuse what the other branch does not hold", () => {
  const condition = t.greater(i32, 1)
  expect(refusal(() => t.select(condition, i32, 0.5))?._tag).toBe("DTypeMismatch")
  expect(refusal(() => t.select(condition, -1, u32))?._tag).toBe("DTypeMismatch")
  expect(refusal(() => t.select(condition, condition, 2))?._tag).toBe("DTypeMismatch")
  expect(refusal(() => t.clamp(i32, 0.5, 2))?._tag).toBe("DTypeMismatch")
})

it.each<readonly [DType, readonly number[], readonly number[]]>([
  ["i32", [2147483647, -2147483648], [0.5, 2147483648, NaN, Infinity]],
  ["u32", [0, 4294967295], [-1, 1.5, 4294967296, NaN]],
  ["bool", [0, 1], [2, -1, 0.5, NaN]],
  ["f16", [65_504, -Infinity, NaN], [65_520, -1e9]],
  ["f32", [3.4028235e38, -Infinity, NaN, 1e-50], [3.5e38, -1e300]],
])("%s is filled, padded and made constant with what it holds and nothing else", (dtype, held, refused) => {
  const makers = [
    (value: number) => filled([2], value, dtype),
    (value: number) => t.constant([value], [1], dtype),
    (value: number) => t.pad(t.zeros([2], dtype), { low: [1], value }),
  ]
  for (const make of makers) {
    for (const value of held)
      expect(interpret(make(value)).data[0]).toEqual(dtype === "f32" ? Math.fround(value) : value)
    for (const value of refused)
      expect({ value, tag: refusal(() => make(value))?._tag }).not.toHaveProperty("tag", undefined)
  }
})
