import type { Shape } from "../shape/shape.ts"
import type { ConvolutionAttributes } from "./convolutionShape.ts"

/** Convolutions that hurt: 1×1, odd kernels, strides that leave a rest, one-sided padding, groups, empty batches. */
export const convolutionSamples: readonly {
  readonly x: Shape
  readonly w: Shape
  readonly window: ConvolutionAttributes
}[] = [
  { x: [1, 1, 1, 1], w: [1, 1, 1, 1], window: { stride: [1, 1], padding: [0, 0, 0, 0], groups: 1 } },
  { x: [2, 3, 7, 9], w: [5, 3, 3, 3], window: { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } },
  { x: [1, 4, 8, 7], w: [6, 4, 3, 2], window: { stride: [2, 3], padding: [0, 1, 2, 0], groups: 1 } },
  { x: [2, 6, 5, 5], w: [4, 3, 3, 3], window: { stride: [2, 2], padding: [1, 1, 1, 1], groups: 2 } },
  { x: [1, 5, 6, 6], w: [5, 1, 5, 5], window: { stride: [1, 1], padding: [2, 2, 2, 2], groups: 5 } },
  { x: [1, 3, 28, 28], w: [8, 3, 14, 14], window: { stride: [14, 14], padding: [0, 0, 0, 0], groups: 1 } },
  { x: [0, 2, 4, 4], w: [3, 2, 3, 3], window: { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } },
  { x: [1, 33, 17, 16], w: [35, 33, 3, 3], window: { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } },
]
