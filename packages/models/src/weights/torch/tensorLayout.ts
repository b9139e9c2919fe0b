import { elementCount, type StoredDType, storedWidth } from "../storedDType.ts"
import type { TensorRef } from "../pickle/pickleValue.ts"

/** Elements [first, last] of its storage between which a tensor lies. */
interface Extent {
  readonly first: number
  readonly last: number
}

/** A view that repeats elements may become this large when it is written out; more would be an attack. */
const maxRepeatedBytes = 64 * 2 ** 20

const isEmpty = ({ shape }: TensorRef): boolean => shape.includes(0)

/** Undefined for a tensor without elements. Strides are never negative. */
export const extentOf = (tensor: TensorRef): Extent | undefined => {
  if (isEmpty(tensor)) return undefined
  const reach = tensor.shape.reduce((sum, axis, i) => sum + (axis - 1) * (tensor.strides[i] as number), 0)
  return { first: tensor.offset, last: tensor.offset + reach }
}

/** Whether the elements lie one after the other in order. Axes of length 1 may have any stride. */
const isContiguous = ({ shape, strides }: TensorRef): boolean => {
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false
    step *= shape[axis] as number
  }
  return true
}

/** Why a tensor cannot be what it claims, given its storage's length in elements; undefined if it can. */
export const layoutProblem = (tensor: TensorRef, available: number): string | undefined => {
  const count = elementCount(tensor.shape)
  const extent = extentOf(tensor)
  if (!Number.isSafeInteger(count)) return `its shape [${tensor.shape}] has more elements than can be counted`
  if (extent === undefined) return undefined
  if (!(extent.last < available)) return `it reaches element ${extent.last} of a storage that has ${available}`
  return count > available && count * storedWidth(tensor.dtype) > maxRepeatedBytes
    ? `its shape [${tensor.shape}] repeats the ${available} elements of its storage more often than any real tensor does`
    : undefined
}

const wordArrays = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const

type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array

const wordsOf = (bytes: Uint8Array<ArrayBuffer>, width: number): Words => {
  const Words = wordArrays[width as keyof typeof wordArrays]
  return new Words(bytes.buffer, bytes.byteOffset, bytes.byteLength / width)
}

/** Complex elements are pairs of floats: a last axis of two. */
const ofReals = (tensor: TensorRef): Pick<TensorRef, "shape" | "strides"> =>
  tensor.dtype.startsWith("C")
    ? { shape: [...tensor.shape, 2], strides: [...tensor.strides.map((stride) => 2 * stride), 1] }
    : tensor

const realWidth = (dtype: StoredDType): number => (dtype.startsWith("C") ? storedWidth(dtype) / 2 : storedWidth(dtype))

/** Copies elements in C order; `from` begins at the tensor's first element. */
const copyStrided = ({ shape, strides }: Pick<TensorRef, "shape" | "strides">, from: Words, to: Words): void => {
  const index = new Array<number>(shape.length).fill(0)
  let place = 0
  for (let out = 0; out < to.length; out++) {
    to[out] = from[place] as number & bigint
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis] as number
      index[axis] = (index[axis] as number) + 1
      if ((index[axis] as number) < (shape[axis] as number)) break
      place -= (strides[axis] as number) * (shape[axis] as number)
      index[axis] = 0
    }
  }
}

/** The bytes of a tensor in C order, from the bytes of its extent. */
export const inOrder = (tensor: TensorRef, extent: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  if (isContiguous(tensor)) return extent
  const width = realWidth(tensor.dtype)
  const bytes = new Uint8Array(elementCount(tensor.shape) * storedWidth(tensor.dtype))
  copyStrided(ofReals(tensor), wordsOf(extent, width), wordsOf(bytes, width))
  return bytes
}

/** Turns the bytes of every element around, in place: files written on big-endian machines. */
export const swapElements = (bytes: Uint8Array<ArrayBuffer>, dtype: StoredDType): Uint8Array<ArrayBuffer> => {
  const width = realWidth(dtype)
  for (let at = 0; at < bytes.byteLength; at += width) bytes.subarray(at, at + width).reverse()
  return bytes
}
