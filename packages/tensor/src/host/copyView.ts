import type { HostArray } from "./array.ts"
import type { View } from "../shape/view.ts"

/** Fills `output` with the elements of `source` that `view` selects, in row-major order. */
export const copyView = (source: HostArray, view: View, output: HostArray): void => {
  const rank = view.shape.length
  const index = new Array<number>(rank).fill(0)
  const [from, into] = [source.data, output.data]
  const [extent, stride] = [view.shape.at(-1) ?? 1, view.strides.at(-1) ?? 0]
  let position = view.offset
  for (let row = 0; row < into.length; row += extent) {
    for (let i = 0; i < extent; i++) into[row + i] = from[position + i * stride]!
    for (let axis = rank - 2; axis >= 0; axis--) {
      position += view.strides[axis]!
      if (++index[axis]! < view.shape[axis]!) break
      position -= view.strides[axis]! * view.shape[axis]!
      index[axis] = 0
    }
  }
}
