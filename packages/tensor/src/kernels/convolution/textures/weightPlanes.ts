import { call, statement, wgsl, type Part, type Wgsl } from "../../../codegen/expression.ts"
import { sizeOf } from "../../../shape/shape.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import type { Kernel, Scratch, Staged } from "../../dispatch/kernel.ts"
import type { KernelFacts } from "../../../adapter/kernelFacts.ts"
import { lanes, tileColumns } from "../../tiles/laneTile.ts"
import { lines, range, viewParams, viewPosition, type Operand } from "../../emit/operand.ts"
import { fitsTexture, operandEntries, pixelTexels, scratchVectors } from "./paddedImage.ts"
import type { GroupBindings } from "../../dispatch/group.ts"

/**
 * Weights as the right operands of contractions over channels, as their tiles walk them: a plane (a tap of the kernel or a
 * point of its transform) is cut into tiles of 32 features; of each tile, the eight texels of one channel follow those of
 * the channel before. A row of the texture holds `depth` channels, a tile takes `parts` rows.
 */
export interface WeightPlanes {
  readonly scratch: Scratch
  readonly staged: Staged
  readonly planes: number
  readonly tiles: number
  readonly depth: number
  readonly parts: number
}

type Extents = Pick<WeightPlanes, "tiles" | "depth" | "parts"> & { readonly rows: number }

const extentsOf = (channels: number, features: number, planes: number, limits: KernelFacts): Extents => {
  const [tiles, whole] = [Math.ceil(features / tileColumns), pixelTexels(channels) * 4]
  const parts = Math.ceil((whole * lanes) / (limits.textureExtent - 4))
  const depth = Math.ceil(whole / parts / 8) * 8
  return { tiles, depth, parts, rows: planes * tiles * parts }
}

/** Some features whose planes fit one texture and one binding. */
export interface FeatureBlock {
  readonly first: number
  readonly count: number
}

const fitsPlanes = (channels: number, features: number, planes: number, limits: KernelFacts): boolean => {
  const { depth, rows } = extentsOf(channels, features, planes, limits)
  return fitsTexture(depth * lanes, rows, limits)
}

// Blocks of this size stay near the core from their layout over the copy into a texture to the product.
const nearBytes = 8 * 2 ** 20

/**
 * Whether weights are better laid out and multiplied block by block: where the image they meet, which each block reads
 * again, is small beside them.
 */
export const prefersNear = (weightBytes: number, imageBytes: number): boolean =>
  imageBytes <= 2 * nearBytes && 8 * imageBytes <= weightBytes

/**
 * Cuts features into as few blocks as fit, each but the last of whole tiles; `null` where not even one tile fits. `near`
 * asks for blocks that stay near the core.
 */
export const featureBlocks = (
  channels: number,
  features: number,
  planes: number,
  limits: KernelFacts,
  near: boolean = false,
): readonly FeatureBlock[] | null => {
  const tiles = Math.ceil(features / tileColumns)
  const blockOf = (blocks: number): number => Math.ceil(tiles / blocks) * tileColumns
  const isNear = (count: number): boolean => count === tileColumns || planes * channels * count * 4 <= nearBytes
  const blocks = range(tiles).find(
    (i) => fitsPlanes(channels, blockOf(i + 1), planes, limits) && (!near || isNear(blockOf(i + 1))),
  )
  if (blocks === undefined) return null
  const size = blockOf(blocks + 1)
  return range(Math.ceil(features / size)).map((i) => ({
    first: i * size,
    count: Math.min(size, features - i * size),
  }))
}

/** The weights of a block of features. */
export const blockOf = (weight: Operand, { first, count }: FeatureBlock): Operand => {
  const { shape, strides, offset } = weight.view
  return { ...weight, view: { shape: [count, ...shape.slice(1)], strides, offset: offset + first * strides[0]! } }
}

export const weightPlanes = (
  id: number,
  channels: number,
  features: number,
  planes: number,
  limits: KernelFacts,
): WeightPlanes => {
  const { tiles, depth, parts, rows } = extentsOf(channels, features, planes, limits)
  const width = depth * lanes
  const scratch: Scratch = { scratch: id, dtype: "f32", size: rows * width * 4 }
  return { scratch, staged: { staged: scratch, width, height: rows }, planes, tiles, depth, parts }
}

/** Parameters by which a product finds its weights. */
export const planeParams = ({ tiles, depth, parts }: WeightPlanes): Readonly<Record<string, number>> => ({
  weight_tiles: tiles,
  weight_depth: depth,
  weight_parts: parts,
})

/**
 * Loops over the channels of `planes` planes of one tile of features: inside, lane l finds the weights of channel `c + k` of
 * plane `plane + i` in texel (right_x + 8k, right_y), and c / 4 is `left_c`. `next` runs where `ended` says that a plane is
 * through. One loop for all: each level of loops around accumulators costs CPU drivers a copy of them all.
 */
export const overChannels = (
  { plane, planes, tile }: { readonly plane: string; readonly planes: Part; readonly tile: string },
  body: readonly string[],
  next: readonly string[] = [],
): readonly string[] => [
  "var i = 0u;",
  "var part = 0u;",
  "var c = 0u;",
  statement`for (var step = 0u; step < ${planes} * params.texels / 2u; step++) {`,
  statement`let right_y = ((${plane} + i) * params.weight_tiles + ${tile}) * params.weight_parts + part;`,
  statement`let right_x = c * ${lanes}u + l;`,
  "let left_c = (part * params.weight_depth + c) >> 2u;",
  ...body,
  "c += 8u;",
  "let ended = part * params.weight_depth + c >= params.texels * 4u;",
  "let cut = ended || c >= params.weight_depth;",
  "part = select(part + u32(cut), 0u, ended);",
  "c = select(c, 0u, cut);",
  "i += u32(ended);",
  ...next,
  "}",
]

const workgroupSize = 64

/** WGSL of four features' weight at [c, ky, kx]; channels past the last are zero. */
export const weightVector = (load: string, ky: Part, kx: Part): Wgsl => {
  const values = range(4).map(
    (i) => wgsl`${load}(${viewPosition("w", "oihw", [wgsl`min(o + ${i}u, params.features - 1u)`, "channel", ky, kx])})`,
  )
  return wgsl`select(vec4<f32>(), ${call("vec4<f32>", values)}, c < params.channels)`
}

const mainText = (body: readonly string[]): string =>
  lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    "let whole = params.depth * params.parts;",
    statement`let l = item % ${lanes}u;`,
    statement`let c = item / ${lanes}u % whole;`,
    statement`let tile = item / (${lanes}u * whole);`,
    "if (tile >= params.tiles) { return; }",
    statement`let o = tile * ${tileColumns}u + l * 4u;`,
    "let channel = min(c, params.channels - 1u);",
    statement`let at = (tile * whole + c) * ${lanes}u + l;`,
    statement`let plane_step = params.tiles * whole * ${lanes}u;`,
    body,
  )

/** Fills planes from weights [o, c, kh, kw]; `body` stores to `at + plane · plane_step`. */
export const layWeights = (
  label: string,
  bindings: GroupBindings,
  weight: Operand,
  planes: WeightPlanes,
  layout: string,
  body: readonly string[],
  limits: KernelFacts,
): Kernel => {
  const [features, channels, kernelH, kernelW] = weight.view.shape as readonly [number, number, number, number]
  const { tiles, depth, parts } = planes
  return assembleKernel({
    label: `${label} (weights)`,
    family: "conv2d",
    bindings: [...operandEntries(bindings, weight), scratchVectors(planes.scratch, "planes", "write", limits)],
    params: {
      tiles,
      depth,
      parts,
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
    workgroups: Math.ceil((tiles * depth * parts * lanes) / workgroupSize),
    choice: { layout },
  })
}
