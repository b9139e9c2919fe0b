import { call, statement, wgsl } from "../../../codegen/expression.ts"
import { sizeOf } from "../../../shape/shape.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import type { Correlation } from "./correlation.ts"
import type { Kernel } from "../../dispatch/kernel.ts"
import type { KernelFacts } from "../../../adapter/kernelFacts.ts"
import {
  accumulators,
  lanes,
  loadColumns,
  loadRows,
  multiplyStep,
  rowNames,
  spreadRows,
  subgroupDirectives,
  tileColumns,
} from "../../tiles/laneTile.ts"
import { lines, range } from "../../emit/operand.ts"
import { fitsWindow, padImage, paddedImage, scratchVectors, type ImageWindow, type PaddedImage } from "./paddedImage.ts"
import { planeTail } from "../../emit/planeTail.ts"
import { stripsOf, type Strip } from "./strip.ts"
import { stripSums, stripTail } from "./stripTail.ts"
import { labelOf } from "../../emit/tail.ts"
import type { Site } from "../../way/way.ts"
import {
  blockOf,
  featureBlocks,
  layWeights,
  overChannels,
  planeParams,
  prefersNear,
  weightPlanes,
  weightVector,
  type FeatureBlock,
  type WeightPlanes,
} from "./weightPlanes.ts"

const component = "xyzw"

/** The window of the image that a strip of the result sees. */
const windowOf = ({ stride, kernel, before }: Correlation, strip: Strip): ImageWindow => ({
  image: strip.image,
  images: strip.images,
  top: strip.row * stride[0] - before[0],
  left: strip.column * stride[1] - before[1],
  height: (strip.rows - 1) * stride[0] + kernel[0],
  width: (strip.columns - 1) * stride[1] + kernel[1],
})

// Strips of this size bound the memory of large images at no cost; fewer pixels than this leave tiles unfilled.
const stripBytes = 16 * 2 ** 20
const fewestPixels = 256

/** The strips in which an implicit product can be computed; `null` where the operands fit no texture. */
export const implicitStrips = (correlation: Correlation, limits: KernelFacts): readonly Strip[] | null => {
  const { channels, features, kernel, batch, out, stride } = correlation
  if (featureBlocks(channels, features, kernel[0] * kernel[1], limits) === null) return null
  const perPixel = stride[0] * stride[1] * channels * 4
  const fits = (images: number, rows: number, columns: number): boolean =>
    fitsWindow(channels, windowOf(correlation, { image: 0, images, row: 0, rows, column: 0, columns }), limits) &&
    images * rows * columns * Math.ceil(features / 4) * 16 <= limits.bindingBytes &&
    (images * rows * columns <= fewestPixels || images * rows * columns * perPixel <= stripBytes)
  return stripsOf({ batch, out, step: 4, fits })
}

const tapLines = (load: string): readonly string[] => [
  "for (var ky = 0u; ky < params.kernel_h; ky++) {",
  "for (var kx = 0u; kx < params.kernel_w; kx++) {",
  statement`store4_planes(at + (ky * params.kernel_w + kx) * plane_step, ${weightVector(load, "ky", "kx")});`,
  "}",
  "}",
]

// The texel of the image where this lane's share of rows 4i … 4i+3 begins, one row being one pixel of the result.
const pixelLines = (i: number): readonly string[] => [
  statement`let q${i} = min(pixel + ${4 * i}u + (l >> 1u), params.pixels - 1u);`,
  statement`let x${i} = q${i} % params.columns * params.step_x + (l & 1u);`,
  statement`let y${i} = q${i} / params.columns % params.strip_rows * params.step_y + q${i} / (params.columns * params.strip_rows) * params.height;`,
]

// Plane by plane: pixels that follow one another fill a line of memory before those of planes far apart evict it.
const storeQuads = (rows: number): readonly string[] => [
  ...range(rows / 4).flatMap((i) => [
    statement`let p${i} = plane_of(pixel + ${4 * i}u) + column;`,
    statement`let at${i} = place_of(pixel + ${4 * i}u);`,
  ]),
  ...range(4).flatMap((j) => [
    statement`if (column + ${j}u < params.features) {`,
    ...range(rows / 4).flatMap((i) => {
      const values = range(4).map((r) => `s${4 * i + r}.${component[j]}`)
      return [
        statement`if (pixel + ${4 * i}u < params.pixels) {`,
        statement`store4_out(((p${i} + ${j}u) * params.plane + at${i}) >> 2u, finish4(p${i} + ${j}u, at${i} >> 2u, ${call("vec4<f32>", values)}));`,
        "}",
      ]
    }),
    "}",
  ]),
]

// For results whose rows are no whole groups of four: sums with channels last, which another kernel finishes.
const storeSums = (rows: number): readonly string[] => [
  "if (column < params.features) {",
  ...range(rows).map(
    (r) =>
      statement`if (pixel + ${r}u < params.pixels) { store4_sums((pixel + ${r}u) * ((params.features + 3u) / 4u) + (column >> 2u), s${r}); }`,
  ),
  "}",
]

// A pixel of the strip in the result: the first plane of its image, and its place in each of that image's planes.
const placeFunctions: readonly string[] = [
  `fn plane_of(pixel: u32) -> u32 {
  return (pixel / (params.columns * params.strip_rows) + params.image) * params.features;
}`,
  `fn place_of(pixel: u32) -> u32 {
  let row = pixel / params.columns % params.strip_rows + params.row;
  return row * params.out_w + pixel % params.columns + params.column;
}`,
]

const mainText = (rows: number, vector: boolean): string =>
  lines(
    "let l = lane;",
    statement`let pixel_tiles = (params.pixels + ${rows - 1}u) / ${rows}u;`,
    // All pixels of some features follow one another: their weights are read from memory once.
    statement`let pixel = group % pixel_tiles * ${rows}u;`,
    "let weight_tile = group / pixel_tiles;",
    statement`let column = params.first_feature + weight_tile * ${tileColumns}u + l * 4u;`,
    "if (pixel >= params.pixels || weight_tile >= params.weight_tiles) { return; }",
    range(rows / 4).flatMap(pixelLines),
    accumulators(rowNames(rows)),
    "var kx = 0u;",
    "var ky = 0u;",
    overChannels(
      { plane: "0u", planes: wgsl`params.kernel_h * params.kernel_w`, tile: "weight_tile" },
      [
        ...loadRows(rows, (i) => [wgsl`x${i} + kx * params.texels + left_c`, wgsl`y${i} + ky`]),
        ...loadColumns((k) => [wgsl`right_x + ${k * lanes}u`, wgsl`right_y`]),
        ...multiplyStep(rowNames(rows), spreadRows),
      ],
      ["kx += u32(ended);", "ky += u32(kx == params.kernel_w);", "kx = select(kx, 0u, kx == params.kernel_w);"],
    ),
    vector ? storeQuads(rows) : storeSums(rows),
  )

const stripParams = (
  { kernel, stride, features, out }: Correlation,
  strip: Strip,
  padded: PaddedImage,
  planes: WeightPlanes,
  block: FeatureBlock,
): Readonly<Record<string, number>> => ({
  pixels: strip.images * strip.rows * strip.columns,
  columns: strip.columns,
  strip_rows: strip.rows,
  image: strip.image,
  row: strip.row,
  column: strip.column,
  step_x: stride[1] * padded.texels,
  step_y: stride[0],
  height: padded.height,
  texels: padded.texels,
  kernel_h: kernel[0],
  kernel_w: kernel[1],
  ...planeParams(planes),
  first_feature: block.first,
  features,
  plane: out[0] * out[1],
  out_w: out[1],
})

/**
 * y[n, o, p] = Σ c,k image[n, c, p·stride + k]·w[o, c, k] as one contraction per tap on a padded image with channels last,
 * for CPU drivers: eight lanes, operands in textures.
 */
export const implicitProduct = (
  { group, bindings, facts }: Site,
  correlation: Correlation,
  strips: readonly Strip[],
  rows: number,
): readonly Kernel[] => {
  const { batch, channels, features, kernel, size, out, image, weight, spread } = correlation
  const label = labelOf(group)
  const quads = out[1] % 4 === 0 || (strips[0]!.columns === out[1] && (out[0] * out[1]) % 4 === 0)
  const tail = quads ? planeTail(group, bindings, out[0] * out[1]) : null
  const near =
    strips.length === 1 &&
    prefersNear(4 * kernel[0] * kernel[1] * channels * features, 4 * batch * size[0] * size[1] * channels)
  const blocks = featureBlocks(channels, features, kernel[0] * kernel[1], facts, near)!.map((block, i) => ({
    block,
    planes: weightPlanes(i, channels, block.count, kernel[0] * kernel[1], facts),
  }))
  const lay = ({ block, planes }: (typeof blocks)[number]): Kernel =>
    layWeights(label, bindings, blockOf(weight, block), planes, "taps", tapLines(weight.load), facts)
  const round = (strip: Strip, i: number): readonly Kernel[] => {
    const window = windowOf(correlation, strip)
    const padded = paddedImage(blocks.length + 2 * i, channels, window)
    const sums = stripSums(blocks.length + 2 * i + 1, strip.images, strip.rows, strip.columns, features)
    const multiply = ({ block, planes }: (typeof blocks)[number]): Kernel => {
      const params = stripParams(correlation, strip, padded, planes, block)
      return assembleKernel({
        label: tail !== null ? label : `${label} (product)`,
        family: "conv2d",
        bindings: tail?.entries ?? [scratchVectors(sums.scratch, "sums", "write", facts)],
        textures: [
          { name: "left", staged: padded.staged },
          { name: "right", staged: planes.staged },
        ],
        directives: subgroupDirectives,
        params,
        functions: tail !== null ? [...tail.functions, ...placeFunctions] : [],
        code: tail?.code ?? "",
        elements: sizeOf(group.root.shape),
        workgroupSize: lanes,
        main: mainText(rows, tail !== null),
        workgroups: Math.ceil(params["pixels"]! / rows) * planes.tiles,
      })
    }
    return [
      padImage(label, bindings, image, window, padded, spread, facts),
      ...blocks.flatMap((block) => [...(i === 0 ? [lay(block)] : []), multiply(block)]),
      ...(tail !== null ? [] : [stripTail(group, bindings, correlation, strip, sums, facts)]),
    ]
  }
  return strips.flatMap(round)
}
