import type { Shape } from "../../shape/shape.ts"
import type { View } from "../../shape/view.ts"

/** One batch axis of a contraction with its stride in either operand. */
export interface Batch {
  readonly extent: number
  readonly a: number
  readonly b: number
}

/** Batch axes of two operands; neighbours that one stride walks in both become one, so that two remain in all but exotic programs. */
export const batchAxes = (a: View, b: View, batch: Shape): readonly Batch[] => {
  const axes: Batch[] = []
  for (const [axis, extent] of batch.entries()) {
    if (extent === 1) continue
    const next = { extent, a: a.strides[axis]!, b: b.strides[axis]! }
    const last = axes.at(-1)
    const joins = last !== undefined && last.a === next.a * extent && last.b === next.b * extent
    if (joins) axes[axes.length - 1] = { ...next, extent: last.extent * extent }
    else axes.push(next)
  }
  return axes
}
