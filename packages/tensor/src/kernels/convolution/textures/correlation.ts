import type { Tensor } from "../../../graph/tensor.ts"
import type { View } from "../../../shape/view.ts"
import { geometryOf } from "../problem.ts"
import { operandOf, type Operand } from "../../emit/operand.ts"
import type { Site } from "../../way/way.ts"

type Pair = readonly [vertical: number, horizontal: number]

/**
 * y[n, o, p] = Σ c,k image[n, c, p·stride + k − before]·weight[o, c, k]: a convolution, or the gradient of one in its
 * image, which walks the cotangent with the weights turned round.
 */
export interface Correlation {
  /** [n, c, h, w] */
  readonly image: Operand
  /** [o, c, kh, kw] */
  readonly weight: Operand
  readonly batch: number
  readonly channels: number
  readonly features: number
  readonly size: Pair
  readonly out: Pair
  readonly kernel: Pair
  readonly stride: Pair
  /** Distance of the image's pixels; zeros lie between them. */
  readonly spread: Pair
  /** Rows above and columns left of the image. */
  readonly before: Pair
}

type Extents = readonly [number, number, number, number]

const extents = (tensor: Tensor): Extents => tensor.shape as Extents

export const convolutionCorrelation = ({ group, bindings }: Site): Correlation => {
  const convolution = group.anchor!
  const { stride, padding } = geometryOf(convolution)
  const [x, w] = convolution.inputs as readonly [Tensor, Tensor]
  const [batch, channels, ...size] = extents(x)
  const [features, , ...kernel] = extents(w)
  return {
    image: operandOf(group, bindings, x),
    weight: operandOf(group, bindings, w),
    batch,
    channels,
    features,
    size,
    out: [convolution.shape[2]!, convolution.shape[3]!],
    kernel,
    stride,
    spread: [1, 1],
    before: [padding[0], padding[2]],
  }
}

// [o, c, kh, kw] read as [c, o, kh, kw] from the last tap to the first.
const turned = ({ shape, strides, offset }: View): View => {
  const [o, c, kh, kw] = shape as Extents
  const [so, sc, sh, sw] = strides as Extents
  return { shape: [c, o, kh, kw], strides: [sc, so, -sh, -sw], offset: offset + (kh - 1) * sh + (kw - 1) * sw }
}

export const gradientCorrelation = ({ group, bindings }: Site): Correlation => {
  const gradient = group.anchor!
  const { stride, padding } = geometryOf(gradient)
  const [g, w] = gradient.inputs as readonly [Tensor, Tensor]
  const [batch, channels, ...size] = extents(g)
  const [, features, kh, kw] = extents(w)
  const weight = operandOf(group, bindings, w)
  return {
    image: operandOf(group, bindings, g),
    weight: { ...weight, view: turned(weight.view) },
    batch,
    channels,
    features,
    size,
    out: [gradient.shape[2]!, gradient.shape[3]!],
    kernel: [kh, kw],
    stride: [1, 1],
    spread: stride,
    before: [kh - 1 - padding[0], kw - 1 - padding[2]],
  }
}

/** Multiplications and additions. */
export const correlationFlops = ({ batch, channels, features, out, kernel }: Correlation): number =>
  2 * batch * channels * features * out[0] * out[1] * kernel[0] * kernel[1]
