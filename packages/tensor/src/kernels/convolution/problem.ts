import type { Tensor } from "../../graph/tensor.ts"
import type { Shape } from "../../shape/shape.ts"
import { layoutsText } from "../emit/layoutText.ts"
import { operandOf, viewParams, type Operand } from "../emit/operand.ts"
import type { Site } from "../way/way.ts"

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
  readonly geometry: ConvolutionGeometry
  /** Of both operands and of the result. */
  readonly shapes: readonly [Shape, Shape, Shape]
  readonly params: Readonly<Record<string, number>>
}

/** Its sizes that all three have. */
export type SizedProblem = Problem<"batch" | "groups" | "group_in" | "group_out" | "kernel_h" | "kernel_w">

/** What a convolution and its gradient in the image are. */
export type ImageProblem = SizedProblem & Problem<"pixels">

/** What its gradient in the weight is. */
export type WeightProblem = SizedProblem & Problem<"out_h" | "out_w">

type Problem<Sizes extends string> = ConvolutionProblem & { readonly params: Readonly<Record<Sizes, number>> }

/** Names a convolution or gradient by its sizes, its window, and by how its operands lie. */
export const convolutionKey = ({ operands, geometry, shapes }: ConvolutionProblem): string => {
  const [first, second, result] = shapes.map((shape) => shape.join("x"))
  const { stride, padding, groups } = geometry
  const parts = [
    ...(stride.some((step) => step !== 1) ? [`step ${stride.join("x")}`] : []),
    ...(padding.some((border) => border !== 0) ? [`border ${padding.join(",")}`] : []),
    ...(groups === 1 ? [] : [`groups ${groups}`]),
  ]
  const layouts = layoutsText({ first: operands[0], second: operands[1] })
  return `${[`${first} by ${second} to ${result}`, ...parts].join(" ")}${layouts}`
}

/** Multiplications and additions where each weight meets so many pixels, those of the border included. */
export const convolutionFlops = ({ params }: SizedProblem, pixels: number): number =>
  2 * pixels * params.groups * params.group_in * params.group_out * params.kernel_h * params.kernel_w

const operandsOf = ({ group, bindings }: Site): readonly [Operand, Operand] => {
  const [first, second] = group.anchor!.inputs as readonly [Tensor, Tensor]
  return [operandOf(group, bindings, first), operandOf(group, bindings, second)]
}

const shapesOf = ({ group }: Site): ConvolutionProblem["shapes"] => {
  const { inputs, shape } = group.anchor!
  return [inputs[0]!.shape, inputs[1]!.shape, shape]
}

const geometryParams = (tensor: Tensor) => {
  const { stride, padding, groups } = geometryOf(tensor)
  return { groups, stride_h: stride[0], stride_w: stride[1], pad_h: padding[0], pad_w: padding[2] }
}

/** y[n, o, p] = Σ c,ky,kx x[n, c, p·stride + k − pad]·w[o, c, ky, kx]. */
export const forwardProblem = (site: Site): ImageProblem => {
  const convolution = site.group.anchor!
  const geometry = geometryOf(convolution)
  const { groups } = geometry
  const [x, w] = convolution.inputs as readonly [Tensor, Tensor]
  const [batch, outChannels, outH, outW] = convolution.shape as readonly [number, number, number, number]
  const operands = operandsOf(site)
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
  return { operands, geometry, shapes: shapesOf(site), params }
}

/** The gradient in the image: each pixel of it sums over the outputs that have seen it. */
export const inputProblem = (site: Site): ImageProblem => {
  const gradient = site.group.anchor!
  const geometry = geometryOf(gradient)
  const { groups } = geometry
  const [cotangent, w] = gradient.inputs as readonly [Tensor, Tensor]
  const [batch, inChannels, inH, inW] = gradient.shape as readonly [number, number, number, number]
  const operands = operandsOf(site)
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
  return { operands, geometry, shapes: shapesOf(site), params }
}

/** The gradient in the weight: each weight sums over the pixels it has met. */
export const weightProblem = (site: Site): WeightProblem => {
  const gradient = site.group.anchor!
  const geometry = geometryOf(gradient)
  const { groups } = geometry
  const [x, cotangent] = gradient.inputs as readonly [Tensor, Tensor]
  const [outChannels, groupIn, kernelH, kernelW] = gradient.shape as readonly [number, number, number, number]
  const operands = operandsOf(site)
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
  return { operands, geometry, shapes: shapesOf(site), params }
}
