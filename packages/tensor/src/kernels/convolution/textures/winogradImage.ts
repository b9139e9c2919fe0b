import { statement } from "../../../codegen/expression.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import type { Kernel, Scratch, Staged } from "../../dispatch/kernel.ts"
import type { KernelFacts } from "../../../adapter/kernelFacts.ts"
import { lines } from "../../emit/operand.ts"
import { scratchVectors, wholeRow, type PaddedImage } from "./paddedImage.ts"
import type { Strip } from "./strip.ts"
import { squareNames, squareTransform, type Winograd } from "./winogradMatrices.ts"

const workgroupSize = 64

/** How tiles cover a strip. */
export interface Tiling {
  readonly across: number
  readonly down: number
  readonly tiles: number
}

export const tilingOf = (
  { images, rows, columns }: Pick<Strip, "images" | "rows" | "columns">,
  tile: number,
): Tiling => {
  const [across, down] = [Math.ceil(columns / tile), Math.ceil(rows / tile)]
  return { across, down, tiles: images * across * down }
}

/** Tiles of an image after their transform: row t of a texture holds the planes of tile t one after the other. */
export interface TilePlanes {
  readonly scratch: Scratch
  readonly staged: Staged
  readonly width: number
}

export const tilePlanes = (id: number, tiles: number, planes: number, texels: number): TilePlanes => {
  const width = wholeRow(planes * texels)
  const scratch: Scratch = { scratch: id, dtype: "f32", size: tiles * width * 4 }
  return { scratch, staged: { staged: scratch, width, height: tiles }, width }
}

/** Where tile `tile` of a strip lies: its first pixel (tx, ty) of image `image`. */
export const tilePlace = (tile: number): readonly string[] => [
  statement`let tx = tile % params.across * ${tile}u;`,
  statement`let ty = tile / params.across % params.down * ${tile}u;`,
  "let image = tile / (params.across * params.down);",
]

const imageText = ({ image, tile, extent }: Winograd): string =>
  lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    "let c = item % params.texels;",
    "let tile = item / params.texels;",
    "if (tile >= params.tiles) { return; }",
    tilePlace(tile),
    "let x = tx * params.texels + c;",
    "let y = image * params.height + ty;",
    squareNames("d", extent).map(
      ([name, i, j]) => statement`let ${name} = textureLoad(padded, vec2<u32>(x + ${j}u * params.texels, y + ${i}u));`,
    ),
    squareTransform(image, "d", "v"),
    "let at = tile * params.width + c;",
    squareNames("v", extent).map(
      ([name, i, j]) => statement`store4_tiles(at + ${i * extent + j}u * params.texels, ${name});`,
    ),
  )

/** Bᵀ d B of all tiles of a padded image. */
export const transformImage = (
  label: string,
  winograd: Winograd,
  { across, down, tiles }: Tiling,
  padded: PaddedImage,
  to: TilePlanes,
  limits: KernelFacts,
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
