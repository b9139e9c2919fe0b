import * as E from "fp-ts/lib/Either.js"
import { isFloating } from "../dtype/dtype.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { accumulate, eachTap } from "../host/convolution.ts"
import { wide } from "../host/wide.ts"
import type { Op } from "../op/op.ts"
import { sameShape, type Shape, type Spec } from "../shape/shape.ts"
import { cast } from "./cast.ts"
import { conv2dOp } from "./conv2d.ts"
import { conv2dInput } from "./conv2dInput.ts"
import { convolutionSamples } from "./convolutionSamples.ts"
import {
  convolutionFlops,
  convolutionMismatch,
  convolvedShape,
  convolves,
  geometryOf,
  type ConvolutionAttributes,
  type Window,
} from "./convolutionShape.ts"

export interface Conv2dWeightAttributes extends ConvolutionAttributes {
  /** [kh, kw] */
  readonly kernel: readonly [height: number, width: number]
}

const weightShape = ([x, g]: readonly Spec[], { kernel, groups }: Conv2dWeightAttributes): Shape => [
  g!.shape[1]!,
  x!.shape[1]! / groups,
  ...kernel,
]

const agrees = ([x, g]: readonly Spec[], attributes: Conv2dWeightAttributes): boolean => {
  if (x!.shape.length !== 4 || g!.shape.length !== 4 || !isFloating(x!.dtype) || !isFloating(g!.dtype)) return false
  const w = weightShape([x!, g!], attributes)
  return convolves(x!.shape, w, attributes) && sameShape(convolvedShape(x!.shape, w, attributes), g!.shape)
}

export const conv2dWeightOp: Op<Conv2dWeightAttributes> = {
  name: "conv2dWeight",
  doc: "conv2dWeight(x, g) = the transpose of w ↦ conv2d(x, w).  x: [n, c, h, w], g: [n, o, h′, w′] → f32[o, c / groups, kh, kw]",
  gives: (inputs, attributes) =>
    agrees(inputs, attributes)
      ? E.right({ shape: weightShape(inputs, attributes), dtype: "f32" })
      : E.left(convolutionMismatch("conv2dWeight", ["x", "g"], inputs, attributes)),
  cpu: ([x, g], output, attributes) => {
    const [images, cotangents] = [wide(x!), wide(g!)]
    accumulate(output.data, (sums) =>
      eachTap(geometryOf(x!.shape, output.shape, attributes), (image, kernel, result, count, step) => {
        let sum = sums[kernel]!
        for (let i = 0; i < count; i++) sum += images[image + i * step]! * cotangents[result + i]!
        sums[kernel] = sum
      }),
    )
  },
  lowering: { kind: "kernel", family: "conv2dWeight" },
  vjp: ({ inputs: [x, g], cotangent, attributes: { stride, padding, groups } }) => [
    cast(conv2dInput(g!, cotangent, x!.shape, { stride, padding, groups }), x!.dtype),
    cast(applyOp(conv2dOp, [x!, cotangent], { stride, padding, groups }), g!.dtype),
  ],
  flops: ([x], output, attributes) => convolutionFlops(x!.shape, output.shape, attributes),
  shows: [
    {
      inputs: [
        { shape: [1, 1, 1, 3], values: [1, 2, 3] },
        { shape: [1, 1, 1, 2], values: [10, 100] },
      ],
      attributes: { stride: [1, 1], padding: [0, 0, 0, 0], groups: 1, kernel: [1, 2] },
      output: { shape: [1, 1, 1, 2], values: [210, 320] },
    },
  ],
  samples: convolutionSamples.map(({ x, w, window }) => ({
    inputs: [
      { shape: x, dtype: "f32" },
      { shape: convolvedShape(x, w, window), dtype: "f32" },
    ],
    attributes: { ...window, kernel: [w[2]!, w[3]!] },
  })),
}

/** The gradient of `conv2d` with respect to its weights. */
export const conv2dWeight = (
  x: Tensor,
  g: Tensor,
  kernel: readonly [height: number, width: number],
  { stride, padding, groups }: Window,
): Tensor => applyOp(conv2dWeightOp, [x, g], { stride, padding, groups, kernel })
