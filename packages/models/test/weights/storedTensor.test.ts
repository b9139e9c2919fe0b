import * as E from "fp-ts/lib/Either.js"
import { expect, test } from "vitest"
import {
  finiteNumbers,
  type StoredDType,
  type StoredTensor,
  storedArray,
  toFloat16,
  toFloat32,
  toInt32,
} from "../../src/weights/index.ts"
import { left, right } from "./weightsOf.ts"

const tensor = (dtype: StoredDType, values: ArrayBufferView): StoredTensor => ({
  file: "f",
  name: "w",
  dtype,
  shape: [1],
  bytes: new Uint8Array(values.buffer.slice(0) as ArrayBuffer),
})
const oneAndHalf = [
  tensor("F64", Float64Array.of(1.5)),
  tensor("F32", Float32Array.of(1.5)),
  tensor("F16", Float16Array.of(1.5)),
  tensor("BF16", Uint16Array.of(0x3fc0)),
]
const minusTwo = [
  tensor("I64", BigInt64Array.of(-2n)),
  tensor("I32", Int32Array.of(-2)),
  tensor("I16", Int16Array.of(-2)),
  tensor("I8", Int8Array.of(-2)),
]
const seven = [tensor("U32", Uint32Array.of(7)), tensor("U16", Uint16Array.of(7)), tensor("U8", Uint8Array.of(7))]

test.each(oneAndHalf)("$dtype reads as f32 and as f16", (stored) => {
  expect(toFloat32(stored)).toEqual(E.right(Float32Array.of(1.5)))
  expect(toFloat16(stored)).toEqual(E.right(Float16Array.of(1.5)))
})

test.each([...minusTwo.map((stored) => ({ stored, value: -2 })), ...seven.map((stored) => ({ stored, value: 7 }))])(
  "$stored.dtype reads as i32",
  ({ stored, value }) => {
    expect(toInt32(stored)).toEqual(E.right(Int32Array.of(value)))
  },
)

test("BOOL reads as i32 zeros and ones", () => {
  expect(toInt32(tensor("BOOL", Uint8Array.of(0, 1)))).toEqual(E.right(Int32Array.of(0, 1)))
})

test.each([tensor("I64", BigInt64Array.of(1n, 2n ** 31n)), tensor("U32", Uint32Array.of(1, 2 ** 31))])(
  "a $dtype element beyond 32 bits is NotConvertible and says which",
  (stored) => {
    const outcome = toInt32(stored)
    expect(outcome).toMatchObject(E.left({ _tag: "NotConvertible", file: "f", key: "w" }))
    expect(E.isLeft(outcome) && outcome.left.rule).toContain("element 1 is 2147483648")
  },
)

test.each(oneAndHalf)("$dtype is not whole numbers", (stored) => {
  expect(toInt32(stored)).toMatchObject(E.left({ _tag: "NotConvertible" }))
})

test.each([...minusTwo, ...seven])("$dtype is not floats", (stored) => {
  expect(toFloat32(stored)).toMatchObject(E.left({ _tag: "NotConvertible" }))
  expect(toFloat16(stored)).toMatchObject(E.left({ _tag: "NotConvertible" }))
})

test("F64 rounds to f16 once: through f32 this value would be rounded twice, to 1", () => {
  const value = 1 + 2 ** -11 + 2 ** -40
  expect(toFloat16(tensor("F64", Float64Array.of(value)))).toEqual(E.right(Float16Array.of(1 + 2 ** -10)))
})

test("aligned bytes are viewed, unaligned ones copied, with equal values", () => {
  const bytes = new Uint8Array(12)
  new Float32Array(bytes.buffer)[1] = 2.5
  const aligned: StoredTensor = { file: "f", name: "w", dtype: "F32", shape: [1], bytes: bytes.subarray(4, 8) }
  expect(storedArray(aligned)).toEqual(Float32Array.of(2.5))
  expect(storedArray(aligned).buffer).toBe(bytes.buffer)
  const shifted = new Uint8Array(9)
  shifted.set(bytes.subarray(4, 8), 1)
  expect(storedArray({ ...aligned, bytes: shifted.subarray(1, 5) })).toEqual(Float32Array.of(2.5))
})

test("numbers that are not finite are named: how many, which is the first, where", () => {
  const w = { ...tensor("F32", Float32Array.of(1, NaN, -Infinity, 3.4e38)), shape: [4] }
  expect(left(finiteNumbers(w, right(toFloat32(w))))).toMatchObject({
    _tag: "NotFinite",
    key: w.name,
    rule: expect.stringContaining("2 of its 4 numbers ([4]) are not finite; the first is NaN, at 1"),
  })
  const largest = tensor("F32", new Float32Array(1000).fill(3.4e38))
  expect(right(finiteNumbers(largest, right(toFloat32(largest))))).toHaveLength(1000)
})
