import { sizeOf, stridesOf, type Shape } from "./shape.ts"

/**
 * A strided window on a buffer: element [i0, i1, …] lies at `offset + Σ ik·strides[k]`. Movement ops that keep a value a
 * view cost nothing: kernels read through the strides.
 */
export interface View {
  readonly shape: Shape
  readonly strides: readonly number[]
  readonly offset: number
}

export const contiguousView = (shape: Shape): View => ({ shape, strides: stridesOf(shape), offset: 0 })

/** Row-major and without gaps; axes of extent 1 may have any stride. */
export const isContiguous = (view: View): boolean => {
  const dense = stridesOf(view.shape)
  return view.offset === 0 && view.shape.every((extent, axis) => extent === 1 || view.strides[axis] === dense[axis])
}

export const permuteView = (view: View, order: readonly number[]): View => ({
  shape: order.map((axis) => view.shape[axis]!),
  strides: order.map((axis) => view.strides[axis]!),
  offset: view.offset,
})

/** Repeats axes of extent 1 by stride 0; new leading axes are added as needed. */
export const expandView = (view: View, shape: Shape): View => {
  const added = shape.length - view.shape.length
  const strides = shape.map((extent, axis) =>
    axis < added || (view.shape[axis - added] === 1 && extent !== 1) ? 0 : view.strides[axis - added]!,
  )
  return { shape, strides, offset: view.offset }
}

export const sliceView = (view: View, starts: readonly number[], steps: readonly number[], shape: Shape): View => ({
  shape,
  strides: view.strides.map((stride, axis) => stride * steps[axis]!),
  offset: view.offset + starts.reduce((offset, start, axis) => offset + start * view.strides[axis]!, 0),
})

// Merges neighbouring axes that one stride walks, so that a reshape has only to split what remains.
const mergedAxes = (view: View): readonly (readonly [extent: number, stride: number])[] => {
  const merged: [number, number][] = []
  for (const [axis, extent] of view.shape.entries()) {
    if (extent === 1) continue
    const last = merged.at(-1)
    const stride = view.strides[axis]!
    if (last !== undefined && last[1] === stride * extent) merged[merged.length - 1] = [last[0] * extent, stride]
    else merged.push([extent, stride])
  }
  return merged
}

/** The same elements in another shape, or `null` when no strides describe that. */
export const reshapeView = (view: View, shape: Shape): View | null => {
  if (sizeOf(shape) === 0) return { shape, strides: stridesOf(shape), offset: view.offset }
  const groups = [...mergedAxes(view)]
  const strides = new Array<number>(shape.length).fill(0)
  let group = groups.pop()
  let inside = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis]!
    if (extent === 1) continue
    if (group === undefined || group[0] % (inside * extent) !== 0) return null
    strides[axis] = group[1] * inside
    inside *= extent
    if (inside === group[0]) {
      group = groups.pop()
      inside = 1
    }
  }
  return { shape, strides, offset: view.offset }
}
