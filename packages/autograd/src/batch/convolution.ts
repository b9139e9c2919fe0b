import { applyOp, permute, reshape, type Shape, type Tensor } from "@diva/tensor"
import { stretched, type BatchCall, type BatchRule } from "./rule.ts"

/** [examples, n, c, h, w] as [examples · n, c, h, w]: more images. */
const asImages = (x: Tensor): Tensor => reshape(x, [x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)])

/** [examples, n, c, h, w] as [n, examples · c, h, w]: more channels, which do not mix. */
const asChannels = (x: Tensor): Tensor => {
  const [examples, n, c, ...image] = x.shape as [number, number, number, ...number[]]
  return reshape(permute(x, [1, 0, 2, 3, 4]), [n, examples * c, ...image])
}

const fromImages = (y: Tensor, size: number): Tensor => reshape(y, [size, y.shape[0]! / size, ...y.shape.slice(1)])

const fromChannels = (y: Tensor, size: number): Tensor => {
  const [n, channels, ...image] = y.shape as [number, number, ...number[]]
  return permute(reshape(y, [n, size, channels / size, ...image]), [1, 0, 2, 3, 4])
}

const groupsOf = ({ size, attributes }: BatchCall) => ({ groups: size * (attributes["groups"] as number) })

/** Image shape of the attributes, with more images or more channels. */
const imageShape = ({ attributes }: BatchCall, images: number, channels: number) => {
  const shape = attributes["inputShape"] as Shape | undefined
  return shape === undefined ? {} : { inputShape: [images * shape[0]!, channels * shape[1]!, ...shape.slice(2)] }
}

/** x ↦ conv2d(x, w) or its transpose: examples that share w are more images, others groups of channels. */
const withWeight: BatchRule = (call) => {
  const { op, inputs, mapped, size, attributes } = call
  if (mapped[1] !== true) {
    const images = applyOp(op, [asImages(inputs[0]!), inputs[1]!], { ...attributes, ...imageShape(call, size, 1) })
    return fromImages(images, size)
  }
  const change = { ...attributes, ...groupsOf(call), ...imageShape(call, 1, size) }
  return fromChannels(applyOp(op, [asChannels(stretched(call, 0)), asImages(inputs[1]!)], change), size)
}

/** The gradient by w: each example has its own, so each is a group of channels. */
const ofWeight: BatchRule = (call) => {
  const operands = [asChannels(stretched(call, 0)), asChannels(stretched(call, 1))]
  return fromImages(applyOp(call.op, operands, { ...call.attributes, ...groupsOf(call) }), call.size)
}

export const convolutionRules: Readonly<Record<string, BatchRule>> = {
  conv2d: withWeight,
  conv2dInput: withWeight,
  conv2dWeight: ofWeight,
}
