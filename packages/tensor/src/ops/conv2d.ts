import { optionsOf } from "../op/options.ts"
import * as E from "fp-ts/lib/Either.js"
import { isFloating } from "../dtype/dtype.ts"
import { dualPair } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { accumulate, eachTap } from "../host/convolution.ts"
import { wide } from "../host/wide.ts"
import type { Op } from "../op/op.ts"
import { sizeOf } from "../shape/shape.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { matmul } from "./contract.ts"
import { conv2dInput } from "./conv2dInput.ts"
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
import { reshape } from "./reshape.ts"

export const conv2dOp: Op<ConvolutionAttributes> = {
  name: "conv2d",
  doc: "conv2d(x, w)[n, o, i, j] = Σ x[n, c, i·s + k, j·s + l]·w[o, c, k, l].  x: [n, c, h, w], w: [o, c / groups, kh, kw] → f32[n, o, h′, w′]",
  gives: ([x, w], window) =>
    isFloating(x!.dtype) && isFloating(w!.dtype) && convolves(x!.shape, w!.shape, window)
      ? E.right({ shape: convolvedShape(x!.shape, w!.shape, window), dtype: "f32" })
      : E.left(convolutionMismatch("conv2d", ["x", "w"], [x!, w!], window)),
  cpu: ([x, w], output, window) => {
    const [images, weights] = [wide(x!), wide(w!)]
    accumulate(output.data, (sums) =>
      eachTap(geometryOf(x!.shape, w!.shape, window), (image, kernel, result, count, step) => {
        const weight = weights[kernel]!
        for (let i = 0; i < count; i++) sums[result + i] = sums[result + i]! + images[image + i * step]! * weight
      }),
    )
  },
  lowering: { kind: "kernel", family: "conv2d" },
  vjp: ({ inputs: [x, w], cotangent, attributes }) => [
    cast(conv2dInput(cotangent, w!, x!.shape, attributes), x!.dtype),
    cast(conv2dWeight(x!, cotangent, [w!.shape[2]!, w!.shape[3]!], attributes), w!.dtype),
  ],
  flops: ([x, w], _output, window) => convolutionFlops(x!.shape, w!.shape, window),
  shows: [
    {
      inputs: [
        { shape: [1, 1, 2, 3], values: [1, 2, 3, 4, 5, 6] },
        { shape: [1, 1, 2, 2], values: [1, 10, 100, 1000] },
      ],
      attributes: { stride: [1, 1], padding: [0, 0, 0, 0], groups: 1 },
      output: { shape: [1, 1, 1, 2], values: [5421, 6532] },
    },
  ],
  samples: convolutionSamples.map(({ x, w, window }) => ({
    inputs: [
      { shape: x, dtype: "f32" },
      { shape: w, dtype: "f32" },
    ],
    attributes: window,
  })),
}

/** Step and zero border of a convolution: one number for both directions, or [vertical, horizontal]. */
export interface Conv2dOptions {
  /** 1 by default. */
  readonly stride?: number | readonly [vertical: number, horizontal: number]
  /** 0 by default; four numbers are [top, bottom, left, right]. */
  readonly padding?:
    | number
    | readonly [vertical: number, horizontal: number]
    | readonly [top: number, bottom: number, left: number, right: number]
  /** 1 by default; as many as channels makes a depthwise convolution. */
  readonly groups?: number
  /** Added to each feature. [o] */
  readonly bias?: Tensor
}

const bordersOf = (padding: NonNullable<Conv2dOptions["padding"]>): Window["padding"] => {
  if (typeof padding === "number") return [padding, padding, padding, padding]
  return padding.length === 4 ? padding : [padding[0], padding[0], padding[1], padding[1]]
}

const windowOf = (options: Conv2dOptions): ConvolutionAttributes => {
  const { stride = 1, padding = 0, groups = 1 } = optionsOf("conv2d", options, ["stride", "padding", "groups", "bias"])
  return {
    stride: typeof stride === "number" ? [stride, stride] : stride,
    padding: bordersOf(padding),
    groups,
  }
}

const isOne = (extents: readonly number[]): boolean => extents.every((extent) => extent === 1)

// One tap per output: every output mixes the channels of one pixel.
const mixesChannels = (x: Tensor, w: Tensor, { stride, padding, groups }: Window): boolean =>
  x.shape.length === 4 &&
  w.shape.length === 4 &&
  x.shape[1] === w.shape[1] &&
  x.dtype === "f32" &&
  w.dtype === "f32" &&
  isOne([...w.shape.slice(2), ...stride, groups]) &&
  padding.every((border) => border === 0) &&
  sizeOf(x.shape) > 0

/** A 1×1 convolution as what it is: a contraction over channels, which needs no other layout. */
const mixChannels = (x: Tensor, w: Tensor): Tensor => {
  const [n, c, height, width] = x.shape as readonly [number, number, number, number]
  const mixed = matmul(reshape(w, [w.shape[0]!, c]), reshape(x, [n, c, height * width]))
  return reshape(mixed, [n, w.shape[0]!, height, width])
}

/**
 * 2-D cross-correlation, as PyTorch's `conv2d`. x: [n, c, h, w], w: [o, c / groups, kh, kw] → f32[n, o, h', w'] with
 * h' = ⌊(h + top + bottom - kh) / stride⌋ + 1. Weights may be stored f16; sums are f32. Large 3×3 convolutions of stride 1 go
 * through Winograd's transforms, which spread a pixel that is not finite over its tile of the result. Throws `ShapeMismatch`.
 */
export const conv2d = dualPair("conv2d", (x, w, options: Conv2dOptions = {}) => {
  const window = windowOf(options)
  const result = mixesChannels(x, w, window) ? mixChannels(x, w) : applyOp(conv2dOp, [x, w], window)
  return options.bias === undefined ? result : add(result, reshape(cast(options.bias, "f32"), [-1, 1, 1]))
})
