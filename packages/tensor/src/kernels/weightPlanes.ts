import { sizeOf } from "../shape.ts"
import { assembleKernel } from "./assemble.ts"
import type { Kernel, KernelLimits, Scratch, Staged } from "./kernel.ts"
import { lines, range, viewParams, viewPosition, type Operand } from "./operand.ts"
import { fitsTexture, operandEntries, pixelTexels, scratchVectors, wholeRow } from "./paddedImage.ts"
import type { GroupBindings } from "./tail.ts"

/**
 * Weights as the right operands of contractions over channels: row c holds one plane after the other, each of `texels`
 * texels of four features. A plane is a tap of the kernel or a point of its transform.
 */
export interface WeightPlanes {
  readonly scratch: Scratch
  readonly staged: Staged
  readonly planes: number
  readonly texels: number
  /** Texels of a row. */
  readonly width: number
  readonly rows: number
}

const extentsOf = (channels: number, features: number, planes: number) => ({
  texels: Math.ceil(features / 4),
  width: wholeRow(planes * Math.ceil(features / 4)),
  rows: pixelTexels(channels) * 4,
})

export const fitsPlanes = (channels: number, features: number, planes: number, limits: KernelLimits): boolean => {
  const { width, rows } = extentsOf(channels, features, planes)
  return fitsTexture(width, rows, limits)
}

export const weightPlanes = (id: number, channels: number, features: number, planes: number): WeightPlanes => {
  const { texels, width, rows } = extentsOf(channels, features, planes)
  const scratch: Scratch = { scratch: id, dtype: "f32", size: rows * width * 4 }
  return { scratch, staged: { staged: scratch, width, height: rows }, planes, texels, width, rows }
}

const workgroupSize = 64

/** WGSL of four features' weight at [c, ky, kx]; channels past the last are zero. */
export const weightVector = (load: string, ky: string, kx: string): string => {
  const values = range(4).map(
    (i) => `${load}(${viewPosition("w", "oihw", [`min(o + ${i}u, params.features - 1u)`, "channel", ky, kx])})`,
  )
  return `select(vec4<f32>(), vec4<f32>(${values.join(", ")}), c < params.channels)`
}

const mainText = (body: readonly string[]): string =>
  lines(
    `let item = group * ${workgroupSize}u + lane;`,
    "let o4 = item % 8u + item / (8u * params.rows) * 8u;",
    "let c = item / 8u % params.rows;",
    "if (o4 >= params.texels) { return; }",
    "let o = o4 * 4u;",
    "let channel = min(c, params.channels - 1u);",
    "let at = c * params.width + o4;",
    body,
  )

/** Fills planes from weights [o, c, kh, kw]; `body` stores to `at + plane · texels`. */
export const layWeights = (
  label: string,
  bindings: GroupBindings,
  weight: Operand,
  planes: WeightPlanes,
  layout: string,
  body: readonly string[],
  limits: KernelLimits,
): Kernel => {
  const [features, channels, kernelH, kernelW] = weight.view.shape as readonly [number, number, number, number]
  const { texels, width, rows } = planes
  return assembleKernel({
    label: `${label} (weights)`,
    family: "conv2d",
    bindings: [...operandEntries(bindings, weight), scratchVectors(planes.scratch, "planes", "write", limits)],
    params: {
      texels,
      width,
      rows,
      features,
      channels,
      kernel_h: kernelH,
      kernel_w: kernelW,
      ...viewParams("w", "oihw", weight.view),
    },
    functions: [],
    code: "",
    elements: sizeOf(weight.view.shape),
    workgroupSize,
    main: mainText(body),
    workgroups: Math.ceil((Math.ceil(texels / 8) * 8 * rows) / workgroupSize),
    choice: { layout },
  })
}
