import { call, statement } from "../../../codegen/expression.ts"
import { sizeOf } from "../../../shape/shape.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import type { Correlation } from "./correlation.ts"
import type { Kernel, Scratch } from "../../dispatch/kernel.ts"
import type { KernelFacts } from "../../../adapter/kernelFacts.ts"
import { lines, range } from "../../emit/operand.ts"
import {
  fitsTexture,
  fitsWindow,
  padImage,
  paddedImage,
  pixelTexels,
  scratchVectors,
  wholeRow,
  type ImageWindow,
  type PaddedImage,
} from "./paddedImage.ts"
import { planeTail, type PlaneTail } from "../../emit/planeTail.ts"
import { stripsOf, type Strip } from "./strip.ts"
import { stripSums, stripTail, type StripSums } from "./stripTail.ts"
import { labelOf } from "../../emit/tail.ts"
import type { Site } from "../../way/way.ts"
import {
  blockOf,
  featureBlocks,
  layWeights,
  prefersNear,
  weightPlanes,
  weightVector,
  type FeatureBlock,
  type WeightPlanes,
} from "./weightPlanes.ts"
import { tilePlace, tilePlanes, tilingOf, transformImage, type TilePlanes, type Tiling } from "./winogradImage.ts"
import { squareNames, squareTransform, winogradOf, type Winograd } from "./winogradMatrices.ts"
import { multiplyPlanes, type WinogradChoice } from "./winogradProduct.ts"

const workgroupSize = 64

const windowOf = ({ before }: Correlation, strip: Strip, { tile, extent }: Winograd): ImageWindow => {
  const { across, down } = tilingOf(strip, tile)
  return {
    image: strip.image,
    images: strip.images,
    top: strip.row - before[0],
    left: strip.column - before[1],
    height: down * tile + extent - tile,
    width: across * tile + extent - tile,
  }
}

// Strips of this size keep what one kernel hands to the next near the core; each reads all weights again, which fewer tiles
// than this do not pay for.
const stripBytes = 8 * 2 ** 20
const fewestTiles = 256

/** The strips in which a convolution can be computed from tiles; `null` where it cannot. */
export const winogradStrips = (
  correlation: Correlation,
  tile: number,
  limits: KernelFacts,
): readonly Strip[] | null => {
  const { channels, features, kernel, stride, batch, out } = correlation
  const winograd = winogradOf(tile)
  const planes = winograd.extent ** 2
  if (kernel[0] !== 3 || kernel[1] !== 3 || stride[0] !== 1 || stride[1] !== 1) return null
  if (featureBlocks(channels, features, planes, limits) === null) return null
  const fits = (images: number, rows: number, columns: number): boolean => {
    const strip = { image: 0, images, row: 0, rows, column: 0, columns }
    const { tiles } = tilingOf(strip, tile)
    return (
      fitsWindow(channels, windowOf(correlation, strip, winograd), limits) &&
      fitsTexture(wholeRow(planes * pixelTexels(channels)), tiles, limits) &&
      planes * tiles * Math.ceil(features / 4) * 16 <= limits.bindingBytes &&
      (tiles <= fewestTiles || planes * tiles * Math.max(channels, features) * 4 <= stripBytes)
    )
  }
  return stripsOf({ batch, out, step: 4, fits })
}

const weightLines = ({ weight, extent }: Winograd, load: string): readonly string[] => [
  ...squareNames("g", 3).map(([name, i, j]) => statement`let ${name} = ${weightVector(load, `${i}u`, `${j}u`)};`),
  ...squareTransform(weight, "g", "u"),
  ...squareNames("u", extent).map(
    ([name, i, j]) => statement`store4_planes(at + ${i * extent + j}u * plane_step, ${name});`,
  ),
]

const component = "xyzw"

// Lanes take neighbouring tiles, so that together they store whole lines of the result's rows.
const tilesPerBlock = 8

// All values first: what they share, a bias for one, is then loaded once.
const storeRows = (tile: number): readonly string[] =>
  range(4).flatMap((f) => [
    statement`if (feature + ${f}u < params.features) {`,
    statement`let p = plane + ${f}u;`,
    ...range(tile).map((i) => {
      const values = range(tile).map((j) => `y${i}_${j}.${component[f]}`)
      return statement`let row${i} = finish4(p, (pixel + ${i}u * params.out_w) >> 2u, ${call("vec4<f32>", values)});`
    }),
    "let at = p * params.plane + pixel;",
    ...range(tile).map(
      (i) => statement`if (ty + ${i}u < params.rows) { store4_out((at + ${i}u * params.out_w) >> 2u, row${i}); }`,
    ),
    "}",
  ])

const finishLines = (tile: number): readonly string[] => [
  "let feature = f4 * 4u;",
  "let plane = (params.image + image) * params.features + feature;",
  "let pixel = (params.row + ty) * params.out_w + params.column + tx;",
  ...storeRows(tile),
]

// For results whose rows are no whole groups of four: all pixels of all tiles, which another kernel finishes.
const storeTile = (tile: number): readonly string[] => [
  statement`let width = params.across * ${tile}u;`,
  statement`let at = ((image * params.down * ${tile}u + ty) * width + tx) * params.texels + f4;`,
  ...squareNames("y", tile).map(
    ([name, i, j]) => statement`store4_pixels(at + (${i}u * width + ${j}u) * params.texels, ${name});`,
  ),
]

const resultText = ({ result, tile, extent }: Winograd, vector: boolean): string =>
  lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    statement`let f4 = item / ${tilesPerBlock}u % params.texels;`,
    statement`let tile = item % ${tilesPerBlock}u + item / (${tilesPerBlock}u * params.texels) * ${tilesPerBlock}u;`,
    "if (tile >= params.tiles) { return; }",
    tilePlace(tile),
    "let place = tile * params.texels + f4;",
    "let step = params.tiles * params.texels;",
    squareNames("m", extent).map(
      ([name, i, j]) => statement`let ${name} = load4_sums(place + ${i * extent + j}u * step);`,
    ),
    squareTransform(result, "m", "y"),
    vector ? finishLines(tile) : storeTile(tile),
  )

/** Blocks of features with their transformed weights. */
type WeightBlocks = readonly { readonly block: FeatureBlock; readonly weights: WeightPlanes }[]

const weightBlocks = (
  { channels, features }: Correlation,
  strips: readonly Strip[],
  { tile, extent }: Winograd,
  limits: KernelFacts,
): WeightBlocks => {
  const planes = extent ** 2
  const near =
    strips.length === 1 &&
    prefersNear(4 * planes * channels * features, 4 * planes * tilingOf(strips[0]!, tile).tiles * channels)
  return featureBlocks(channels, features, planes, limits, near)!.map((block, i) => ({
    block,
    weights: weightPlanes(i, channels, block.count, planes, limits),
  }))
}

/** What all strips of a convolution have in common. */
interface TiledConvolution {
  readonly site: Site
  readonly correlation: Correlation
  readonly choice: WinogradChoice
  readonly winograd: Winograd
  readonly label: string
  /** `null` where rows of the result are no whole groups of four: another kernel applies the tail then. */
  readonly tail: PlaneTail | null
  readonly blocks: WeightBlocks
}

const tiledConvolution = (
  site: Site,
  correlation: Correlation,
  strips: readonly Strip[],
  choice: WinogradChoice,
): TiledConvolution => {
  const { group, bindings, facts } = site
  const { out } = correlation
  const winograd = winogradOf(choice.tile)
  const tail = winograd.tile === 4 && out[1] % 4 === 0 ? planeTail(group, bindings, out[0] * out[1]) : null
  const blocks = weightBlocks(correlation, strips, winograd, facts)
  return { site, correlation, choice, winograd, label: labelOf(group), tail, blocks }
}

/** What the kernels of a strip hand to each other. */
interface StripMemory {
  readonly window: ImageWindow
  readonly padded: PaddedImage
  readonly tiling: Tiling
  readonly tiles: TilePlanes
  /** Products of transformed tiles and weights. */
  readonly sums: Scratch
  /** What is transformed back, where the tail is not applied at once. */
  readonly pixels: StripSums
}

const stripMemory = (
  { correlation, winograd, blocks }: TiledConvolution,
  strip: Strip,
  number: number,
): StripMemory => {
  const { channels, features } = correlation
  const { tile, extent } = winograd
  const planes = extent ** 2
  const first = blocks.length + 4 * number
  const tiling = tilingOf(strip, tile)
  const window = windowOf(correlation, strip, winograd)
  const padded = paddedImage(first, channels, window)
  return {
    window,
    padded,
    tiling,
    tiles: tilePlanes(first + 1, tiling.tiles, planes, padded.texels),
    sums: { scratch: first + 2, dtype: "f32", size: planes * tiling.tiles * Math.ceil(features / 4) * 4 },
    pixels: stripSums(first + 3, strip.images, tiling.down * tile, tiling.across * tile, features),
  }
}

const layBlock = (
  { site, correlation, choice, winograd, label }: TiledConvolution,
  { block, weights }: WeightBlocks[number],
): Kernel => {
  const weight = blockOf(correlation.weight, block)
  const layout = `F(${choice.tile}×${choice.tile}, 3×3)`
  return layWeights(label, site.bindings, weight, weights, layout, weightLines(winograd, weight.load), site.facts)
}

const multiplyBlock = (
  { site, correlation, choice, label }: TiledConvolution,
  { padded, tiling, tiles, sums }: StripMemory,
  { block, weights }: WeightBlocks[number],
): Kernel => {
  const features4 = Math.ceil(correlation.features / 4)
  return multiplyPlanes(label, choice, tiles, weights, block, padded.texels, tiling.tiles, features4, sums, site.facts)
}

/** Transforms sums back to a strip of the result, or to pixels to which another kernel applies the tail. */
const transformBack = (
  { site: { group, facts }, correlation: { features, out }, winograd, label, tail }: TiledConvolution,
  strip: Strip,
  { tiling, sums, pixels }: StripMemory,
): Kernel => {
  const texels = Math.ceil(features / 4)
  return assembleKernel({
    label: tail !== null ? label : `${label} (pixels)`,
    family: "conv2d",
    bindings: [
      scratchVectors(sums, "sums", "read", facts),
      ...(tail?.entries ?? [scratchVectors(pixels.scratch, "pixels", "write", facts)]),
    ],
    params: {
      ...tiling,
      texels,
      features,
      image: strip.image,
      row: strip.row,
      column: strip.column,
      rows: strip.rows,
      columns: strip.columns,
      plane: out[0] * out[1],
      out_w: out[1],
    },
    functions: tail?.functions ?? [],
    code: tail?.code ?? "",
    elements: sizeOf(group.root.shape),
    workgroupSize,
    main: resultText(winograd, tail !== null),
    workgroups: Math.ceil((Math.ceil(tiling.tiles / tilesPerBlock) * tilesPerBlock * texels) / workgroupSize),
  })
}

/** The dispatches of a strip; those of the first one lay out the weights for all. */
const stripKernels = (convolution: TiledConvolution, strip: Strip, number: number): readonly Kernel[] => {
  const { site, correlation, winograd, label, tail, blocks } = convolution
  const { group, bindings, facts } = site
  const memory = stripMemory(convolution, strip, number)
  const { window, padded, tiling, tiles, pixels } = memory
  return [
    padImage(label, bindings, correlation.image, window, padded, correlation.spread, facts),
    transformImage(label, winograd, tiling, padded, tiles, facts),
    ...blocks.flatMap((block) => [
      ...(number === 0 ? [layBlock(convolution, block)] : []),
      multiplyBlock(convolution, memory, block),
    ]),
    transformBack(convolution, strip, memory),
    ...(tail !== null ? [] : [stripTail(group, bindings, correlation, strip, pixels, facts)]),
  ]
}

/**
 * A 3×3 convolution of stride 1 by Winograd's tiles: image tiles and weights are transformed, each point of the transform
 * is a contraction over channels, and the tail is applied to what is transformed back. Relative error about 1e-5 (tile 4).
 */
export const winogradKernels = (
  site: Site,
  correlation: Correlation,
  strips: readonly Strip[],
  choice: WinogradChoice,
): readonly Kernel[] => {
  const convolution = tiledConvolution(site, correlation, strips, choice)
  return strips.flatMap((strip, number) => stripKernels(convolution, strip, number))
}
