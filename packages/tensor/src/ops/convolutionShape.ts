import { counted } from "../text/counted.ts"
import type { TensorErrorDetail } from "../error.ts"
import { isExtent, type Shape, type Spec } from "../shape/shape.ts"

/** How a kernel moves over an image: [vertical, horizontal] steps, and rows and columns of zeros around it. */
export interface Window {
  readonly stride: readonly [vertical: number, horizontal: number]
  readonly padding: readonly [top: number, bottom: number, left: number, right: number]
  /** Channels are cut into this many groups that do not mix. */
  readonly groups: number
}

export type ConvolutionAttributes = Window & Readonly<Record<string, unknown>>

/** Extents of a convolution; `gap` in names is absent where the arithmetic shows it. */
export interface Geometry extends Window {
  readonly batch: number
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly features: number
  readonly kernelHeight: number
  readonly kernelWidth: number
  readonly outHeight: number
  readonly outWidth: number
}

const steps = (extent: number, before: number, after: number, kernel: number, stride: number): number =>
  Math.floor((extent + before + after - kernel) / stride) + 1

/** Shape of the result: x [n, c, h, w], w [o, c / groups, kh, kw] → [n, o, h', w']. */
export const convolvedShape = (x: Shape, w: Shape, { stride, padding }: Window): Shape => [
  x[0]!,
  w[0]!,
  steps(x[2]!, padding[0], padding[1], w[2]!, stride[0]),
  steps(x[3]!, padding[2], padding[3], w[3]!, stride[1]),
]

export const geometryOf = (x: Shape, w: Shape, window: Window): Geometry => {
  const [batch, features, outHeight, outWidth] = convolvedShape(x, w, window) as readonly [
    number,
    number,
    number,
    number,
  ]
  const [, channels, height, width] = x as readonly [number, number, number, number]
  const [, , kernelHeight, kernelWidth] = w as readonly [number, number, number, number]
  const { stride, padding, groups } = window
  return {
    stride,
    padding,
    groups,
    batch,
    channels,
    height,
    width,
    features,
    kernelHeight,
    kernelWidth,
    outHeight,
    outWidth,
  }
}

/** Multiplications and additions of one convolution, whichever of its three forms. */
export const convolutionFlops = (x: Shape, w: Shape, window: Window): number => {
  const g = geometryOf(x, w, window)
  const perOutput = 2 * (g.channels / g.groups) * g.kernelHeight * g.kernelWidth
  return g.batch * g.features * g.outHeight * g.outWidth * perOutput
}

const validWindow = ({ stride, padding, groups }: Window): boolean =>
  stride.every((step) => isExtent(step) && step > 0) && padding.every(isExtent) && isExtent(groups) && groups > 0

/** Whether an image and a kernel fit each other and the window. */
export const convolves = (x: Shape, w: Shape, window: Window): boolean =>
  x.length === 4 &&
  w.length === 4 &&
  validWindow(window) &&
  x[1] === w[1]! * window.groups &&
  w[0]! % window.groups === 0 &&
  convolvedShape(x, w, window).every((extent) => extent >= 0)

const axesOf = (name: string): readonly string[] =>
  name === "w" ? ["features", "channels of a group", "height", "width"] : ["batch", "channels", "height", "width"]

export const convolutionMismatch = (
  op: string,
  names: readonly [string, string],
  [a, b]: readonly Spec[],
  { stride, padding, groups }: Window,
): TensorErrorDetail => ({
  _tag: "ShapeMismatch",
  op,
  operands: [
    { name: names[0], shape: a!.shape, dtype: a!.dtype, axes: axesOf(names[0]) },
    { name: names[1], shape: b!.shape, dtype: b!.dtype, axes: axesOf(names[1]) },
  ],
  rule: `x [n, c, h, w] and w [o, c / groups, kh, kw] must fit with stride [${stride.join(", ")}], padding [${padding.join(", ")}] and ${counted(groups, "group")}; floating types only`,
  remedy: "permute(x, [0, 3, 1, 2]) brings channels forward; padding widens a small image",
})
