import { hostZeros } from "../../src/dtype/dtype.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { copyView } from "../../src/host/copyView.ts"
import type { HostArray } from "../../src/host/array.ts"
import { expand } from "../../src/ops/expand.ts"
import { permute } from "../../src/ops/permute.ts"
import { slice } from "../../src/ops/slice.ts"
import type { Shape } from "../../src/shape/shape.ts"
import { sizeOf } from "../../src/shape/shape.ts"
import { contiguousView, expandView, permuteView, sliceView, type View } from "../../src/shape/view.ts"

/** A way to store an argument so that the op sees it through a view: what is stored, and the movement back. */
export interface Layout {
  readonly name: string
  readonly store: (value: HostArray) => HostArray
  readonly view: (stored: Tensor, shape: Shape) => Tensor
}

const copied = (value: HostArray, view: View): HostArray => {
  const output = { shape: view.shape, dtype: value.dtype, data: hostZeros(value.dtype, sizeOf(view.shape)) }
  copyView(value, view, output)
  return output
}

const reversed = (rank: number): readonly number[] => Array.from({ length: rank }, (_, axis) => rank - 1 - axis)

export const asIs: Layout = { name: "as they are", store: (value) => value, view: (stored) => stored }

const transposed: Layout = {
  name: "transposed",
  store: (value) => copied(value, permuteView(contiguousView(value.shape), reversed(value.shape.length))),
  view: (stored) => permute(stored, reversed(stored.shape.length)),
}

// Two more elements on each axis, of which the view leaves out the first and the last.
const sliced: Layout = {
  name: "sliced",
  store: (value) => {
    const larger = value.shape.map((extent) => extent + 2)
    const held = { shape: larger, dtype: value.dtype, data: hostZeros(value.dtype, sizeOf(larger)).fill(1) }
    const window = sliceView(
      contiguousView(larger),
      larger.map(() => 1),
      larger.map(() => 1),
      value.shape,
    )
    const into = contiguousView(value.shape)
    for (let i = 0; i < value.data.length; i++) {
      const at = into.strides.reduce((sum, stride, axis) => {
        const coordinate = Math.floor(i / stride) % value.shape[axis]!
        return sum + coordinate * window.strides[axis]!
      }, window.offset)
      held.data[at] = value.data[i]!
    }
    return held
  },
  view: (stored, shape) => slice(stored, { starts: shape.map(() => 1), ends: shape.map((extent) => extent + 1) }),
}

// Only the first element of axis 0 is stored: the op sees it repeated.
const expanded: Layout = {
  name: "expanded",
  store: (value) => {
    const shape = [1, ...value.shape.slice(1)]
    return copied(value, expandView({ ...contiguousView(value.shape), shape }, shape))
  },
  view: (stored, shape) => expand(stored, shape),
}

const viewable = (shape: Shape): boolean => shape.length > 0 && sizeOf(shape) > 0

// A scalar or an empty argument beside larger ones stays as it is.
const whereViewable = ({ name, store, view }: Layout): Layout => ({
  name,
  store: (value) => (viewable(value.shape) ? store(value) : value),
  view: (stored, shape) => (viewable(shape) ? view(stored, shape) : stored),
})

/** Layouts that arguments of these shapes can have. */
export const layoutsOf = (shapes: readonly Shape[]): readonly Layout[] =>
  shapes.some(viewable) ? [transposed, sliced, expanded].map(whereViewable) : []
