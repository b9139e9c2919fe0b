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
} from "./paddedImage.ts"
import { planeTail } from "../../emit/planeTail.ts"
import { stripsOf, type Strip } from "./strip.ts"
import { stripSums, stripTail } from "./stripTail.ts"
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
import { tilePlace, tilePlanes, tilingOf, transformImage } from "./winogradImage.ts"
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

/**
 * A 3×3 convolution of stride 1 by Winograd's tiles: image tiles and weights are transformed, each point of the transform
 * is a contraction over channels, and the tail is applied to what is transformed back. Relative error about 1e-5 (tile 4).
 */
export const winogradKernels = (
  { group, bindings, facts }: Site,
  correlation: Correlation,
  strips: readonly Strip[],
  choice: WinogradChoice,
): readonly Kernel[] => {
  const { channels, features, out, image, weight, spread } = correlation
  const winograd = winogradOf(choice.tile)
  const planes = winograd.extent ** 2
  const label = labelOf(group)
  const tail = winograd.tile === 4 && out[1] % 4 === 0 ? planeTail(group, bindings, out[0] * out[1]) : null
  const near =
    strips.length === 1 &&
    prefersNear(4 * planes * channels * features, 4 * planes * tilingOf(strips[0]!, winograd.tile).tiles * channels)
  const blocks = featureBlocks(channels, features, planes, facts, near)!.map((block, i) => ({
    block,
    right: weightPlanes(i, channels, block.count, planes, facts),
  }))
  const features4 = Math.ceil(features / 4)
  const layout = `F(${choice.tile}×${choice.tile}, 3×3)`
  const lay = (block: FeatureBlock, right: WeightPlanes): Kernel =>
    layWeights(label, bindings, blockOf(weight, block), right, layout, weightLines(winograd, weight.load), facts)
  const round = (strip: Strip, i: number): readonly Kernel[] => {
    const [imageId, tilesId, sumsId, pixelsId] = range(4).map(
      (part) => blocks.length + 4 * i + part,
    ) as readonly number[]
    const tiling = tilingOf(strip, winograd.tile)
    const window = windowOf(correlation, strip, winograd)
    const padded = paddedImage(imageId!, channels, window)
    const left = tilePlanes(tilesId!, tiling.tiles, planes, padded.texels)
    const sums: Scratch = { scratch: sumsId!, dtype: "f32", size: planes * tiling.tiles * features4 * 4 }
    const pixels = stripSums(
      pixelsId!,
      strip.images,
      tiling.down * winograd.tile,
      tiling.across * winograd.tile,
      features,
    )
    const result = assembleKernel({
      label: tail !== null ? label : `${label} (pixels)`,
      family: "conv2d",
      bindings: [
        scratchVectors(sums, "sums", "read", facts),
        ...(tail?.entries ?? [scratchVectors(pixels.scratch, "pixels", "write", facts)]),
      ],
      params: {
        ...tiling,
        texels: features4,
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
      workgroups: Math.ceil((Math.ceil(tiling.tiles / tilesPerBlock) * tilesPerBlock * features4) / workgroupSize),
    })
    const multiply = ({ block, right }: (typeof blocks)[number]): readonly Kernel[] => [
      ...(i === 0 ? [lay(block, right)] : []),
      multiplyPlanes(label, choice, left, right, block, padded.texels, tiling.tiles, features4, sums, facts),
    ]
    return [
      padImage(label, bindings, image, window, padded, spread, facts),
      transformImage(label, winograd, tiling, padded, left, facts),
      ...blocks.flatMap(multiply),
      result,
      ...(tail !== null ? [] : [stripTail(group, bindings, correlation, strip, pixels, facts)]),
    ]
  }
  return strips.flatMap(round)
}
