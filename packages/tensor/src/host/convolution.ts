import type { HostData } from "../dtype/dtype.ts"
import type { Geometry } from "../ops/convolutionShape.ts"

/**
 * Where one tap of the kernel meets a row of the image and of the result: three positions, in elements, the first of `count`, in the
 * image `step` elements apart.
 */
export type Tap = (image: number, kernel: number, result: number, count: number, step: number) => void

// The range of result coordinates whose image coordinate at kernel offset `k` lies inside the image.
const rangeOf = (
  k: number,
  before: number,
  stride: number,
  extent: number,
  outExtent: number,
): readonly [number, number] => {
  const first = Math.max(0, Math.ceil((before - k) / stride))
  const last = Math.min(outExtent - 1, Math.floor((extent - 1 + before - k) / stride))
  return [first, last]
}

const tapsOfPlane = (g: Geometry, imageStart: number, kernelStart: number, resultStart: number, tap: Tap): void => {
  const step = g.stride[1]
  for (let i = 0; i < g.kernelHeight; i++) {
    const [firstRow, lastRow] = rangeOf(i, g.padding[0], g.stride[0], g.height, g.outHeight)
    for (let j = 0; j < g.kernelWidth; j++) {
      const [first, last] = rangeOf(j, g.padding[2], step, g.width, g.outWidth)
      if (last < first) continue
      for (let row = firstRow; row <= lastRow; row++) {
        const image = imageStart + (row * g.stride[0] + i - g.padding[0]) * g.width + j - g.padding[2]
        const result = resultStart + row * g.outWidth + first
        tap(image + first * step, kernelStart + i * g.kernelWidth + j, result, last - first + 1, step)
      }
    }
  }
}

/** Visits every product of a convolution. The three ops differ only in which two they read and which one they add to. */
export const eachTap = (g: Geometry, tap: Tap): void => {
  const perGroup = g.channels / g.groups
  const featuresPerGroup = g.features / g.groups
  for (let n = 0; n < g.batch; n++)
    for (let o = 0; o < g.features; o++)
      for (let c = 0; c < perGroup; c++) {
        const channel = Math.floor(o / featuresPerGroup) * perGroup + c
        tapsOfPlane(
          g,
          (n * g.channels + channel) * g.height * g.width,
          (o * perGroup + c) * g.kernelHeight * g.kernelWidth,
          (n * g.features + o) * g.outHeight * g.outWidth,
          tap,
        )
      }
}

/** Sums products in f64 and stores them. */
export const accumulate = (output: HostData, visit: (sums: Float64Array) => void): void => {
  const sums = new Float64Array(output.length)
  visit(sums)
  output.set(sums)
}
