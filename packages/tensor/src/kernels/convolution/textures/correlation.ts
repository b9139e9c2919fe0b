import type { Tensor } from "../../../graph.ts"
import type { Group } from "../../../plan/fusion.ts"
import type { View } from "../../../view.ts"
import { geometryOf } from "../problem.ts"
import { sizeOf } from "../../../shape.ts"
import type { KernelLimits } from "../../dispatch/kernel.ts"
import { hasLaneTiles } from "../../tiles/laneTile.ts"
import { operandOf, type Operand } from "../../emit/operand.ts"
import type { GroupBindings } from "../../emit/tail.ts"

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

export const convolutionCorrelation = (group: Group, bindings: GroupBindings): Correlation => {
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

export const gradientCorrelation = (group: Group, bindings: GroupBindings): Correlation => {
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

// Below this a round of kernels costs more than it saves.
export const smallestWork = 1 << 24

/** Whether the first operand of a kernel, the image, is laid out anew on its way into a product. */
export const laysImageOut = (kernel: Tensor, limits: Pick<KernelLimits, "subgroupSize" | "textureExtent">): boolean => {
  if (!["conv2d", "conv2dInput"].includes(kernel.op.name) || geometryOf(kernel).groups !== 1) return false
  const [, channels] = kernel.inputs[0]!.shape as Extents
  const [, , ...taps] = kernel.inputs[1]!.shape as Extents
  return hasLaneTiles(limits) && 2 * sizeOf(kernel.shape) * channels * taps[0] * taps[1] >= smallestWork
}

/** Identifies a correlation for a tuner. */
export const correlationKey = ({ batch, channels, features, size, out, kernel, stride, spread }: Correlation): string =>
  `${batch}x${channels}x${size.join("x")} → ${features}x${out.join("x")} by ${kernel.join("x")} step ${stride.join("x")} spread ${spread.join("x")}`

/** Multiplications and additions. */
export const correlationFlops = ({ batch, channels, features, out, kernel }: Correlation): number =>
  2 * batch * channels * features * out[0] * out[1] * kernel[0] * kernel[1]
