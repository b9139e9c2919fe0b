import { statement, wgsl } from "../../../codegen/expression.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import type { Kernel, Scratch } from "../../dispatch/kernel.ts"
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
} from "../../tiles/laneTile.ts"
import { lines, range } from "../../emit/operand.ts"
import { scratchVectors } from "./paddedImage.ts"
import { overChannels, planeParams, type FeatureBlock, type WeightPlanes } from "./weightPlanes.ts"
import type { TilePlanes } from "./winogradImage.ts"

/** Outputs of a tile along one axis. */
export const winogradTiles = [2, 4] as const

export type WinogradChoice = {
  readonly tile: number
  readonly rows: number
}

const productText = ({ rows }: WinogradChoice): string =>
  lines(
    "let l = lane;",
    statement`let row_tiles = (params.tiles + ${rows - 1}u) / ${rows}u;`,
    "let plane = group / (row_tiles * params.weight_tiles);",
    statement`let row = group % row_tiles * ${rows}u;`,
    "let weight_tile = group / row_tiles % params.weight_tiles;",
    "if (row >= params.tiles || plane >= params.planes) { return; }",
    "let left_x = plane * params.texels + (l & 1u);",
    accumulators(rowNames(rows)),
    overChannels({ plane: "plane", planes: "1u", tile: "weight_tile" }, [
      ...loadRows(rows, (i) => [wgsl`left_x + left_c`, wgsl`row + ${4 * i}u + (l >> 1u)`]),
      ...loadColumns((k) => [wgsl`right_x + ${k * lanes}u`, wgsl`right_y`]),
      ...multiplyStep(rowNames(rows), spreadRows),
    ]),
    statement`let column = params.first + weight_tile * ${lanes}u + l;`,
    "if (column >= params.features) { return; }",
    "let at = (plane * params.tiles + row) * params.features + column;",
    range(rows).map(
      (r) => statement`if (row + ${r}u < params.tiles) { store4_sums(at + ${r}u * params.features, s${r}); }`,
    ),
  )

/** Each point of the transform as a contraction over channels: sums [plane, tile, feature]. */
export const multiplyPlanes = (
  label: string,
  choice: WinogradChoice,
  left: TilePlanes,
  right: WeightPlanes,
  block: FeatureBlock,
  texels: number,
  tiles: number,
  features: number,
  sums: Scratch,
  limits: KernelFacts,
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
  })
