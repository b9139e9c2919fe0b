import type { Tensor } from "../../graph.ts"
import type { Group } from "../../plan/fusion.ts"
import { operandOf, viewParams, type Operand } from "../emit/operand.ts"
import type { GroupBindings } from "../emit/tail.ts"

/** Attributes that the three convolutions share: padding is [top, bottom, left, right]. */
export interface ConvolutionGeometry {
  readonly stride: readonly [number, number]
  readonly padding: readonly [number, number, number, number]
  readonly groups: number
}

export const geometryOf = (tensor: Tensor): ConvolutionGeometry => tensor.attributes as unknown as ConvolutionGeometry

/** A convolution or gradient on buffers: its operands as strided views, and all sizes as shader parameters. */
export interface ConvolutionProblem {
  readonly operands: readonly [Operand, Operand]
  readonly params: Readonly<Record<string, number>>
}

type Problem<Sizes extends string> = ConvolutionProblem & { readonly params: Readonly<Record<Sizes, number>> }

const operandsOf = (group: Group, bindings: GroupBindings): readonly [Operand, Operand] => {
  const [first, second] = group.anchor!.inputs as readonly [Tensor, Tensor]
  return [operandOf(group, bindings, first), operandOf(group, bindings, second)]
}

const geometryParams = (tensor: Tensor) => {
  const { stride, padding, groups } = geometryOf(tensor)
  return { groups, stride_h: stride[0], stride_w: stride[1], pad_h: padding[0], pad_w: padding[2] }
}

/** y[n, o, p] = Σ c,ky,kx x[n, c, p·stride + k − pad]·w[o, c, ky, kx]. */
export const forwardProblem = (
  group: Group,
  bindings: GroupBindings,
): Problem<"batch" | "pixels" | "groups" | "group_in" | "group_out" | "kernel_h" | "kernel_w"> => {
  const convolution = group.anchor!
  const { groups } = geometryOf(convolution)
  const [x, w] = convolution.inputs as readonly [Tensor, Tensor]
  const [batch, outChannels, outH, outW] = convolution.shape as readonly [number, number, number, number]
  const operands = operandsOf(group, bindings)
  const params = {
    ...geometryParams(convolution),
    batch,
    out_channels: outChannels,
    pixels: outH * outW,
    out_w: outW,
    in_h: x.shape[2]!,
    in_w: x.shape[3]!,
    group_in: x.shape[1]! / groups,
    group_out: outChannels / groups,
    kernel_h: w.shape[2]!,
    kernel_w: w.shape[3]!,
    ...viewParams("x", "nchw", operands[0].view),
    ...viewParams("w", "oihw", operands[1].view),
  }
  return { operands, params }
}

/** The gradient in the image: each pixel of it sums over the outputs that have seen it. */
export const inputProblem = (
  group: Group,
  bindings: GroupBindings,
): Problem<"batch" | "pixels" | "groups" | "group_in" | "group_out" | "kernel_h" | "kernel_w"> => {
  const gradient = group.anchor!
  const { groups } = geometryOf(gradient)
  const [cotangent, w] = gradient.inputs as readonly [Tensor, Tensor]
  const [batch, inChannels, inH, inW] = gradient.shape as readonly [number, number, number, number]
  const operands = operandsOf(group, bindings)
  const params = {
    ...geometryParams(gradient),
    batch,
    in_channels: inChannels,
    pixels: inH * inW,
    in_w: inW,
    out_h: cotangent.shape[2]!,
    out_w: cotangent.shape[3]!,
    group_in: inChannels / groups,
    group_out: cotangent.shape[1]! / groups,
    kernel_h: w.shape[2]!,
    kernel_w: w.shape[3]!,
    ...viewParams("g", "nohw", operands[0].view),
    ...viewParams("w", "oihw", operands[1].view),
  }
  return { operands, params }
}

/** The gradient in the weight: each weight sums over the pixels it has met. */
export const weightProblem = (
  group: Group,
  bindings: GroupBindings,
): Problem<"batch" | "out_h" | "out_w" | "groups" | "group_in" | "group_out" | "kernel_h" | "kernel_w"> => {
  const gradient = group.anchor!
  const { groups } = geometryOf(gradient)
  const [x, cotangent] = gradient.inputs as readonly [Tensor, Tensor]
  const [outChannels, groupIn, kernelH, kernelW] = gradient.shape as readonly [number, number, number, number]
  const operands = operandsOf(group, bindings)
  const params = {
    ...geometryParams(gradient),
    batch: x.shape[0]!,
    in_h: x.shape[2]!,
    in_w: x.shape[3]!,
    out_h: cotangent.shape[2]!,
    out_w: cotangent.shape[3]!,
    group_in: groupIn,
    group_out: outChannels / groups,
    kernel_h: kernelH,
    kernel_w: kernelW,
    ...viewParams("x", "nchw", operands[0].view),
    ...viewParams("g", "nohw", operands[1].view),
  }
  return { operands, params }
}
