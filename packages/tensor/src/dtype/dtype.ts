import { Float16 } from "./float16.ts"

/**
 * Element types. Arithmetic is f32 (or i32/u32); f16 is a storage type: it is widened to f32 when read and rounded to
 * nearest-even when written. A bool occupies 32 bits on the device.
 */
export type DType = "f32" | "f16" | "i32" | "u32" | "bool"

/** Host storage of each element type, little-endian, C-contiguous. A bool is 0 or 1 in a Uint32Array. */
export type HostData = Float32Array | Float16Array | Int32Array | Uint32Array

const widths: Readonly<Record<DType, number>> = { f32: 4, f16: 2, i32: 4, u32: 4, bool: 4 }

export const byteWidth = (dtype: DType): number => widths[dtype]

export const isFloating = (dtype: DType): boolean => dtype === "f32" || dtype === "f16"

export const isInteger = (dtype: DType): boolean => dtype === "i32" || dtype === "u32"

/** A zeroed host array of `size` elements of `dtype`. */
export const hostZeros = (dtype: DType, size: number): HostData => {
  switch (dtype) {
    case "f32":
      return new Float32Array(size)
    case "f16":
      return new Float16(size)
    case "i32":
      return new Int32Array(size)
    default:
      return new Uint32Array(size)
  }
}

/** Whether `data` is the host storage of `dtype`. */
export const holds = (data: HostData, dtype: DType): boolean => hostZeros(dtype, 0).constructor === data.constructor
