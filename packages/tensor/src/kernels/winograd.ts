import type { Group } from "../plan/fusion.ts"
import { sizeOf } from "../shape.ts"
import { assembleKernel } from "./assemble.ts"
import type { Correlation } from "./correlation.ts"
import type { Kernel, KernelLimits, Scratch, Staged } from "./kernel.ts"
import {
  accumulators,
  lanes,
  loadColumns,
  loadRows,
  multiplyStep,
  rowNames,
  spreadRows,
  subgroupDirectives,
} from "./laneTile.ts"
import { lines, range } from "./operand.ts"
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
import { stripsOf, type Strip } from "./strip.ts"
import { stripSums, stripTail } from "./stripTail.ts"
import { finishFunction, labelOf, type GroupBindings } from "./tail.ts"
import { tailEntries } from "./tailEntries.ts"
import {
  blockOf,
  featureBlocks,
  layWeights,
  overChannels,
  planeParams,
  weightPlanes,
  weightVector,
  type FeatureBlock,
  type WeightPlanes,
} from "./weightPlanes.ts"
import { squareTransform, winogradOf, type Winograd } from "./winogradMatrices.ts"

export type WinogradChoice = {
  readonly method: "winograd"
  /** Outputs of a tile along one axis: 2 or 4. */
  readonly tile: number
  readonly rows: number
}

const workgroupSize = 64

interface Tiling {
  readonly across: number
  readonly down: number
  readonly tiles: number
}

const tilingOf = ({ images, rows, columns }: Pick<Strip, "images" | "rows" | "columns">, tile: number): Tiling => {
  const [across, down] = [Math.ceil(columns / tile), Math.ceil(rows / tile)]
  return { across, down, tiles: images * across * down }
}

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

// Strips of this size keep what one kernel hands to the next near the core; fewer tiles than this leave products unfilled.
const stripBytes = 8 * 2 ** 20
const fewestTiles = 128

/** The strips in which a convolution can be computed from tiles; `null` where it cannot. */
export const winogradStrips = (
  correlation: Correlation,
  tile: number,
  limits: KernelLimits,
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

const names = (prefix: string, extent: number): readonly (readonly [name: string, i: number, j: number])[] =>
  range(extent).flatMap((i) => range(extent).map((j) => [`${prefix}${i}_${j}`, i, j] as const))

const weightLines = ({ weight, extent }: Winograd, load: string): readonly string[] => [
  ...names("g", 3).map(([name, i, j]) => `let ${name} = ${weightVector(load, `${i}u`, `${j}u`)};`),
  ...squareTransform(weight, "g", "u"),
  ...names("u", extent).map(([name, i, j]) => `store4_planes(at + ${i * extent + j}u * plane_step, ${name});`),
]

/** Tiles of an image after their transform: row t of a texture holds the planes of tile t one after the other. */
interface TilePlanes {
  readonly scratch: Scratch
  readonly staged: Staged
  readonly width: number
}

const tilePlanes = (id: number, tiles: number, planes: number, texels: number): TilePlanes => {
  const width = wholeRow(planes * texels)
  const scratch: Scratch = { scratch: id, dtype: "f32", size: tiles * width * 4 }
  return { scratch, staged: { staged: scratch, width, height: tiles }, width }
}

const tilePlace = (tile: number): readonly string[] => [
  `let tx = tile % params.across * ${tile}u;`,
  `let ty = tile / params.across % params.down * ${tile}u;`,
  "let image = tile / (params.across * params.down);",
]

const imageText = ({ image, tile, extent }: Winograd): string =>
  lines(
    `let item = group * ${workgroupSize}u + lane;`,
    "let c = item % params.texels;",
    "let tile = item / params.texels;",
    "if (tile >= params.tiles) { return; }",
    tilePlace(tile),
    "let x = tx * params.texels + c;",
    "let y = image * params.height + ty;",
    names("d", extent).map(
      ([name, i, j]) => `let ${name} = textureLoad(padded, vec2<u32>(x + ${j}u * params.texels, y + ${i}u));`,
    ),
    squareTransform(image, "d", "v"),
    "let at = tile * params.width + c;",
    names("v", extent).map(([name, i, j]) => `store4_tiles(at + ${i * extent + j}u * params.texels, ${name});`),
  )

const transformImage = (
  label: string,
  winograd: Winograd,
  { across, down, tiles }: Tiling,
  padded: PaddedImage,
  to: TilePlanes,
  limits: KernelLimits,
): Kernel =>
  assembleKernel({
    label: `${label} (image tiles)`,
    family: "conv2d",
    bindings: [scratchVectors(to.scratch, "tiles", "write", limits)],
    textures: [{ name: "padded", staged: padded.staged }],
    params: { texels: padded.texels, tiles, across, down, height: padded.height, width: to.width },
    functions: [],
    code: "",
    elements: to.scratch.size,
    workgroupSize,
    main: imageText(winograd),
    workgroups: Math.ceil((tiles * padded.texels) / workgroupSize),
    choice: { tile: winograd.tile },
  })

const productText = ({ rows }: WinogradChoice): string =>
  lines(
    "let l = lane;",
    `let row_tiles = (params.tiles + ${rows - 1}u) / ${rows}u;`,
    "let plane = group / (row_tiles * params.weight_tiles);",
    `let row = group % row_tiles * ${rows}u;`,
    "let weight_tile = group / row_tiles % params.weight_tiles;",
    "if (row >= params.tiles || plane >= params.planes) { return; }",
    "let left_x = plane * params.texels + (l & 1u);",
    accumulators(rowNames(rows)),
    overChannels("plane", "weight_tile", [
      ...loadRows(rows, (i) => ["left_x + left_c", `row + ${4 * i}u + (l >> 1u)`]),
      ...loadColumns((k) => [`right_x + ${k * lanes}u`, "right_y"]),
      ...multiplyStep(rowNames(rows), spreadRows),
    ]),
    `let column = params.first + weight_tile * ${lanes}u + l;`,
    "if (column >= params.features) { return; }",
    "let at = (plane * params.tiles + row) * params.features + column;",
    range(rows).map((r) => `if (row + ${r}u < params.tiles) { store4_sums(at + ${r}u * params.features, s${r}); }`),
  )

const multiplyPlanes = (
  label: string,
  choice: WinogradChoice,
  left: TilePlanes,
  right: WeightPlanes,
  block: FeatureBlock,
  texels: number,
  tiles: number,
  features: number,
  sums: Scratch,
  limits: KernelLimits,
): Kernel =>
  assembleKernel({
    label: `${label} (tile products)`,
    family: "conv2d",
    bindings: [scratchVectors(sums, "sums", "write", limits)],
    textures: [
      { name: "left", staged: left.staged },
      { name: "right", staged: right.staged },
    ],
    directives: subgroupDirectives,
    params: { texels, tiles, first: block.first / 4, features, planes: right.planes, ...planeParams(right) },
    functions: [],
    code: "",
    elements: sums.size,
    workgroupSize: lanes,
    main: productText(choice),
    workgroups: Math.ceil(tiles / choice.rows) * right.tiles * right.planes,
    choice,
  })

const component = "xyzw"

// Lanes take neighbouring tiles, so that together they store whole lines of the result's rows.
const tilesPerBlock = 8

const storeRows = (tile: number): readonly string[] =>
  range(4).flatMap((f) => [
    `if (feature + ${f}u < params.features) {`,
    `let plane = at + ${f}u * params.plane;`,
    ...range(tile).flatMap((i) => {
      const values = range(tile).map((j) => `finish(row + ${j}u, y${i}_${j}.${component[f]})`)
      return [
        `if (ty + ${i}u < params.rows) {`,
        `let row = plane + ${i}u * params.out_w;`,
        `store4_out(row >> 2u, vec4<f32>(${values.join(", ")}));`,
        "}",
      ]
    }),
    "}",
  ])

const finishLines = (tile: number): readonly string[] => [
  "let feature = f4 * 4u;",
  "let at = ((params.image + image) * params.features + feature) * params.plane + (params.row + ty) * params.out_w + params.column + tx;",
  ...storeRows(tile),
]

// For results whose rows are no whole groups of four: all pixels of all tiles, which another kernel finishes.
const storeTile = (tile: number): readonly string[] => [
  `let width = params.across * ${tile}u;`,
  `let at = ((image * params.down * ${tile}u + ty) * width + tx) * params.texels + f4;`,
  ...names("y", tile).map(([name, i, j]) => `store4_pixels(at + (${i}u * width + ${j}u) * params.texels, ${name});`),
]

const resultText = ({ result, tile, extent }: Winograd, vector: boolean): string =>
  lines(
    `let item = group * ${workgroupSize}u + lane;`,
    `let f4 = item / ${tilesPerBlock}u % params.texels;`,
    `let tile = item % ${tilesPerBlock}u + item / (${tilesPerBlock}u * params.texels) * ${tilesPerBlock}u;`,
    "if (tile >= params.tiles) { return; }",
    tilePlace(tile),
    "let place = tile * params.texels + f4;",
    "let step = params.tiles * params.texels;",
    names("m", extent).map(([name, i, j]) => `let ${name} = load4_sums(place + ${i * extent + j}u * step);`),
    squareTransform(result, "m", "y"),
    vector ? finishLines(tile) : storeTile(tile),
  )

/**
 * A 3×3 convolution of stride 1 by Winograd's tiles: image tiles and weights are transformed, each point of the transform
 * is a contraction over channels, and the tail is applied to what is transformed back. Relative error about 1e-5 (tile 4).
 */
export const winogradKernels = (
  group: Group,
  bindings: GroupBindings,
  correlation: Correlation,
  strips: readonly Strip[],
  choice: WinogradChoice,
  limits: KernelLimits,
): readonly Kernel[] => {
  const { channels, features, out, image, weight, spread } = correlation
  const winograd = winogradOf(choice.tile)
  const planes = winograd.extent ** 2
  const label = labelOf(group)
  const { code, functions } = finishFunction(group, bindings)
  const { entries, vector } = tailEntries(group, bindings, code, winograd.tile === 4 && out[1] % 4 === 0)
  const blocks = featureBlocks(channels, features, planes, limits)!.map((block, i) => ({
    block,
    right: weightPlanes(i, channels, block.count, planes, limits),
  }))
  const features4 = Math.ceil(features / 4)
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
      label: vector ? label : `${label} (pixels)`,
      family: "conv2d",
      bindings: [
        scratchVectors(sums, "sums", "read", limits),
        ...(vector ? entries : [scratchVectors(pixels.scratch, "pixels", "write", limits)]),
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
      functions: vector ? functions : [],
      code: vector ? code : "",
      elements: sizeOf(group.root.shape),
      workgroupSize,
      main: resultText(winograd, vector),
      workgroups: Math.ceil((Math.ceil(tiling.tiles / tilesPerBlock) * tilesPerBlock * features4) / workgroupSize),
      choice,
    })
    return [
      padImage(label, bindings, image, window, padded, spread, limits),
      transformImage(label, winograd, tiling, padded, left, limits),
      ...blocks.map(({ block, right }) =>
        multiplyPlanes(label, choice, left, right, block, padded.texels, tiling.tiles, features4, sums, limits),
      ),
      result,
      ...(vector ? [] : [stripTail(group, bindings, strip, pixels, limits)]),
    ]
  }
  return [
    ...blocks.map(({ block, right }) =>
      layWeights(
        label,
        bindings,
        blockOf(weight, block),
        right,
        `F(${choice.tile}×${choice.tile}, 3×3)`,
        weightLines(winograd, weight.load),
        limits,
      ),
    ),
    ...strips.flatMap(round),
  ]
}
