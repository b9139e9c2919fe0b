import * as E from "fp-ts/lib/Either.js"
import { isFloating } from "../dtype/dtype.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { accumulate, eachTap } from "../host/convolution.ts"
import { wide } from "../host/wide.ts"
import type { Op } from "../op/op.ts"
import { sameShape, type Shape } from "../shape/shape.ts"
import { cast } from "./cast.ts"
import { conv2dOp } from "./conv2d.ts"
import { conv2dWeight } from "./conv2dWeight.ts"
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

export interface Conv2dInputAttributes extends ConvolutionAttributes {
  /** [n, c, h, w] of the image that was convolved. */
  readonly inputShape: Shape
}

export const conv2dInputOp: Op<Conv2dInputAttributes> = {
  name: "conv2dInput",
  doc: "conv2dInput(g, w) = the transpose of x ↦ conv2d(x, w).  g: [n, o, h′, w′], w: [o, c / groups, kh, kw] → f32[n, c, h, w]",
  gives: ([g, w], attributes) => {
    const { inputShape } = attributes
    const agrees =
      isFloating(g!.dtype) &&
      isFloating(w!.dtype) &&
      convolves(inputShape, w!.shape, attributes) &&
      sameShape(convolvedShape(inputShape, w!.shape, attributes), g!.shape)
    return agrees
      ? E.right({ shape: inputShape, dtype: "f32" })
      : E.left(convolutionMismatch("conv2dInput", ["g", "w"], [g!, w!], attributes))
  },
  cpu: ([g, w], output, attributes) => {
    const [cotangents, weights] = [wide(g!), wide(w!)]
    accumulate(output.data, (sums) =>
      eachTap(geometryOf(attributes.inputShape, w!.shape, attributes), (image, kernel, result, count, step) => {
        const weight = weights[kernel]!
        for (let i = 0, at = image; i < count; i++, at += step) sums[at] = sums[at]! + cotangents[result + i]! * weight
      }),
    )
  },
  lowering: { kind: "kernel", family: "conv2dInput" },
  vjp: ({ inputs: [g, w], cotangent, attributes: { stride, padding, groups } }) => [
    cast(applyOp(conv2dOp, [cotangent, w!], { stride, padding, groups }), g!.dtype),
    cast(conv2dWeight(cotangent, g!, [w!.shape[2]!, w!.shape[3]!], { stride, padding, groups }), w!.dtype),
  ],
  flops: ([, w], _output, attributes) => convolutionFlops(attributes.inputShape, w!.shape, attributes),
  shows: [
    {
      inputs: [
        { shape: [1, 1, 1, 2], values: [1, 2] },
        { shape: [1, 1, 1, 2], values: [10, 100] },
      ],
      attributes: { stride: [1, 1], padding: [0, 0, 0, 0], groups: 1, inputShape: [1, 1, 1, 3] },
      output: { shape: [1, 1, 1, 3], values: [10, 120, 200] },
    },
  ],
  samples: convolutionSamples.map(({ x, w, window }) => ({
    inputs: [
      { shape: convolvedShape(x, w, window), dtype: "f32" },
      { shape: w, dtype: "f32" },
    ],
    attributes: { ...window, inputShape: x },
  })),
}

/** The gradient of `conv2d` with respect to its image; also the transposed ("de-") convolution. */
export const conv2dInput = (g: Tensor, w: Tensor, inputShape: Shape, { stride, padding, groups }: Window): Tensor =>
  applyOp(conv2dInputOp, [g, w], { stride, padding, groups, inputShape })
