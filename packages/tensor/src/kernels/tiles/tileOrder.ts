import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { statement } from "../../codegen/expression.ts"
import { tileCount, type Products, type SharedChoice } from "./workgroupTile.ts"

type Extents = Pick<SharedChoice, "rows" | "columns">

/** Rows of tiles that workgroups walk together where there are many tiles: column by column, so that neighbours share operands of both sides. */
const widestBand = 8

/** Fewer tiles run all at once, in whatever order. */
const manyTiles = 400

/** Parameters of `tileLines`. */
export const orderParams = (of: Products, tile: Extents, { isSoftware = false }: KernelFacts) =>
  isSoftware ? {} : { band: tileCount({ ...of, products: 1 }, tile) > manyTiles ? widestBand : 1 }

/** Numbers of tiles: `row_tiles` and `column_tiles`. */
export const countLines = ({ rows, columns }: Extents): readonly string[] => [
  statement`let row_tiles = (params.m + ${rows - 1}u) / ${rows}u;`,
  statement`let column_tiles = (params.n + ${columns - 1}u) / ${columns}u;`,
]

const rowByRow = ({ rows, columns }: Extents): readonly string[] => [
  statement`let first_left = group / column_tiles % row_tiles * ${rows}u;`,
  statement`let first_right = group % column_tiles * ${columns}u;`,
]

const bandByBand = ({ rows, columns }: Extents): readonly string[] => [
  "let tile = group % (row_tiles * column_tiles);",
  "let band_tiles = params.band * column_tiles;",
  "let band_row = tile / band_tiles * params.band;",
  "let band_rows = min(row_tiles - band_row, params.band);",
  statement`let first_left = (band_row + tile % band_tiles % band_rows) * ${rows}u;`,
  statement`let first_right = tile % band_tiles / band_rows * ${columns}u;`,
]

/** `first_left` and `first_right`, the first row and column of a workgroup's tile, after `countLines`. */
export const tileLines = (tile: Extents, { isSoftware = false }: KernelFacts): readonly string[] =>
  isSoftware ? rowByRow(tile) : bandByBand(tile)
