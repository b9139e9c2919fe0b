import * as fc from "fast-check"
import { expect, test } from "vitest"
import {
  bfloat16FromFloat32,
  float16FromFloat32,
  float32FromBfloat16,
  float32FromFloat16,
} from "../../src/weights/index.ts"

const allBits = Uint16Array.from({ length: 65536 }, (_, i) => i)
const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer)

/** binary16 by its definition: sign · 2^(e−15) · (1 + f/1024), subnormal at e = 0. */
const half = (bits: number): number => {
  const sign = bits >>> 15 ? -1 : 1
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

test("every f16 widens to the value its bits mean", () => {
  const wide = float32FromFloat16(new Float16Array(allBits.buffer))
  expect(wide.findIndex((value, i) => !Object.is(value, half(i)))).toBe(-1)
})

test("every f16 and every bf16 survives the way to f32 and back", () => {
  const halves = new Uint16Array(float16FromFloat32(float32FromFloat16(new Float16Array(allBits.buffer))).buffer)
  expect(halves.findIndex((bits, i) => bits !== i && !Number.isNaN(half(i)))).toBe(-1)
  const brains = bfloat16FromFloat32(float32FromBfloat16(allBits))
  // A signalling NaN comes back quiet; nothing else changes.
  expect(brains.findIndex((bits, i) => bits !== i && ((i & 0x7fff) <= 0x7f80 || bits !== (i | 0x40)))).toBe(-1)
})

test.each([
  ["a tie goes to the even neighbour below", 0x3f808000, 0x3f80],
  ["a tie goes to the even neighbour above", 0x3f818000, 0x3f82],
  ["just above a tie goes up", 0x3f808001, 0x3f81],
  ["just below a tie goes down", 0x3f817fff, 0x3f81],
  ["the largest f32 becomes infinity", 0x7f7fffff, 0x7f80],
  ["a NaN with only low bits stays NaN", 0x7f800001, 0x7fc0],
  ["minus zero keeps its sign", 0x80000000, 0x8000],
])("bf16: %s", (_name, word, bits) => {
  expect(bfloat16FromFloat32(new Float32Array(Uint32Array.of(word).buffer))[0]).toBe(bits)
})

test("bf16 is a nearest value: no neighbour lies closer", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, max: 2 ** 127, min: -(2 ** 127) }), (x) => {
      const values = Float32Array.of(x)
      const bits = bfloat16FromFloat32(values)[0]!
      const [below, at, above] = float32FromBfloat16(
        Uint16Array.of(Math.max(0, (bits & 0x7fff) - 1), bits & 0x7fff, (bits & 0x7fff) + 1),
      )
      const error = Math.abs(Math.abs(x) - at!)
      return error <= Math.abs(Math.abs(x) - below!) && error <= Math.abs(Math.abs(x) - above!)
    }),
  )
})

test.each([
  [65519, 65504],
  [65520, Infinity],
  [2 ** -25, 0],
  [2 ** -25 * 1.0001, 2 ** -24],
  [2049, 2048],
  [2051, 2052],
])("f16 of %f is %f", (value, rounded) => {
  expect(float16FromFloat32(Float32Array.of(value))[0]).toBe(rounded)
  expect(bitsOf(float32FromFloat16(float16FromFloat32(Float32Array.of(-value))))[0]).toBe(
    bitsOf(Float32Array.of(-rounded))[0],
  )
})
