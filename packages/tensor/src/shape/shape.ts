import type { DType } from "../dtype/dtype.ts"

/** Extents of a tensor's axes, outermost first. `[]` is a scalar; an extent may be 0. */
export type Shape = readonly number[]

/** Shape and element type: all the compiler knows of a tensor before it runs. */
export interface Spec {
  readonly shape: Shape
  readonly dtype: DType
}

export const sizeOf = (shape: Shape): number => shape.reduce((size, extent) => size * extent, 1)

/** Row-major strides, in elements. */
export const stridesOf = (shape: Shape): readonly number[] => {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]!
  }
  return strides
}

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis])

/** NumPy broadcasting of two shapes; `null` if an axis pair differs and neither is 1. */
export const broadcastShapes = (a: Shape, b: Shape): Shape | null => {
  const rank = Math.max(a.length, b.length)
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) {
    const x = a[a.length - rank + axis] ?? 1
    const y = b[b.length - rank + axis] ?? 1
    if (x !== y && x !== 1 && y !== 1) return null
    shape.push(x === 1 ? y : x)
  }
  return shape
}

/** Axis counted from the end when negative; `null` when out of range. */
export const resolveAxis = (axis: number, rank: number): number | null => {
  const resolved = axis < 0 ? axis + rank : axis
  return Number.isInteger(axis) && resolved >= 0 && resolved < rank ? resolved : null
}

export const isExtent = (extent: number): boolean => Number.isInteger(extent) && extent >= 0

/** `f32[4, 257, 1024]` */
export const showSpec = ({ dtype, shape }: Spec): string => `${dtype}[${shape.join(", ")}]`
