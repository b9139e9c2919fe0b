import type { HostArray } from "../op.ts"
import type { View } from "../view.ts"

/** Fills `output` with the elements of `source` that `view` selects, in row-major order. */
export const copyView = (source: HostArray, view: View, output: HostArray): void => {
  const rank = view.shape.length
  const index = new Array<number>(rank).fill(0)
  let position = view.offset
  for (let i = 0; i < output.data.length; i++) {
    output.data[i] = source.data[position]!
    for (let axis = rank - 1; axis >= 0; axis--) {
      position += view.strides[axis]!
      if (++index[axis]! < view.shape[axis]!) break
      position -= view.strides[axis]! * view.shape[axis]!
      index[axis] = 0
    }
  }
}
