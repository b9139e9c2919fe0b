/*
 * Conversions between f32 and the two 16-bit floats, rounding to nearest with ties to even.
 *   f16  = 1 sign, 5 exponent, 10 fraction bits (IEEE binary16; largest 65504)
 *   bf16 = 1 sign, 8 exponent, 7 fraction bits (the upper half of an f32)
 */

import { Float16 } from "@diva/tensor"

/** f16 → f32, exact. `values`: any length. */
export const float32FromFloat16 = (values: Float16Array): Float32Array<ArrayBuffer> => new Float32Array(values)

/** f32 → f16, to nearest even; beyond 65520 in magnitude becomes ±Infinity. */
export const float16FromFloat32 = (values: Float32Array): Float16Array<ArrayBuffer> => new Float16(values)

/** bf16 bits → f32, exact. */
export const float32FromBfloat16 = (bits: Uint16Array): Float32Array<ArrayBuffer> => {
  const words = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] as number) << 16
  return new Float32Array(words.buffer)
}

/** The bf16 bits of one f32's bits. A NaN keeps its sign and upper payload and is made quiet, so it cannot round to ∞. */
const bfloat16Bits = (word: number): number =>
  (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16

/** f32 → bf16 bits, to nearest even; overflow becomes ±Infinity. */
export const bfloat16FromFloat32 = (values: Float32Array): Uint16Array<ArrayBuffer> => {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const bits = new Uint16Array(values.length)
  for (let i = 0; i < words.length; i++) bits[i] = bfloat16Bits(words[i] as number)
  return bits
}
