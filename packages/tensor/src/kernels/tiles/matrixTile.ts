import { filledSeconds, type CostModel } from "../../adapter/costModel.ts"
import { invocationsOf, workgroupMemoryOf, type KernelFacts } from "../../adapter/facts.ts"
import { statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import type { Numerics } from "../../precision/precision.ts"
import { lines, range } from "../emit/operand.ts"
import { upperFunction } from "../emit/scale.ts"
import { matrixOperations, type Half, type MatrixOperations, type MatrixPlace } from "./matrixOperations.ts"
import {
  fetchStep,
  fillStep,
  stagingText,
  type HeldBlock,
  type SharedSide,
  type StagedSide,
  type Staging,
} from "./staging.ts"
import { tileCount, type Products, type Stretch } from "./workgroupTile.ts"

/**
 * Tile of a product that a workgroup computes by matrix units: `rows` by `columns` of the output, `depth` of the summed axis at a
 * time in workgroup memory as f16, `subRows` by `subColumns` to each subgroup, in matrices of `m`×`n`×`k`.
 */
export type MatrixChoice = {
  readonly rows: number
  readonly columns: number
  readonly depth: number
  readonly subRows: number
  readonly subColumns: number
  readonly m: number
  readonly n: number
  readonly k: number
  /** `f16`: operands rounded. `split`: f32 operands as two f16 each, three products instead of one. */
  readonly operands: "f16" | "split"
  /** Depths after which matrices of sums go to f32, where sums are so long that matrix units would cut them short of rounding. */
  readonly drained?: number
}

type Tile = Omit<MatrixChoice, "m" | "n" | "k" | "operands" | "drained">

const tiles: readonly Tile[] = [
  { rows: 128, columns: 128, depth: 32, subRows: 64, subColumns: 32 },
  { rows: 128, columns: 64, depth: 32, subRows: 32, subColumns: 32 },
  { rows: 96, columns: 64, depth: 32, subRows: 32, subColumns: 32 },
  { rows: 64, columns: 64, depth: 32, subRows: 32, subColumns: 32 },
  { rows: 64, columns: 64, depth: 16, subRows: 32, subColumns: 16 },
  { rows: 32, columns: 64, depth: 32, subRows: 16, subColumns: 32 },
  { rows: 32, columns: 32, depth: 16, subRows: 16, subColumns: 16 },
  { rows: 144, columns: 64, depth: 32, subRows: 48, subColumns: 32 },
]

const subgroupsOf = ({ rows, columns, subRows, subColumns }: Tile): number => (rows / subRows) * (columns / subColumns)

/** Invocations of a workgroup, given the size of a subgroup. */
export const matrixInvocations = (choice: Tile, subgroupSize: number): number => subgroupsOf(choice) * subgroupSize

export const halvesOf = ({ operands }: Pick<MatrixChoice, "operands">): readonly Half[] =>
  operands === "split" ? ["high", "low"] : ["high"]

// Lines of a tile lie apart by a little more than a power of two, so that they meet in different banks.
const padding = 8

/** Elements from one line of a tile to the next. */
export const pitchOf = (extent: number): number => extent + padding

/** What lies in a line of a tile's memory: all depths of a row where depths come as vectors, else all rows at a depth. */
export type Lines = "depths" | "rows"

/** How both operands of a tile lie. */
export interface TileLines {
  readonly left: Lines
  readonly right: Lines
}

const linesOf = ({ vectors }: SharedSide): Lines => (vectors === "depths" ? "depths" : "rows")

/** Elements of an operand's tile of so many rows, however it lies: tiles of one type are one memory to kernels that share a launch. */
const tileElements = (rows: number, depth: number): number => Math.max(rows * pitchOf(depth), depth * pitchOf(rows))

const operandBytes = (choice: MatrixChoice): number => {
  const { rows, columns, depth } = choice
  return 2 * halvesOf(choice).length * (tileElements(rows, depth) + tileElements(columns, depth))
}

const bytesOf = (choice: MatrixChoice): number => operandBytes(choice) + 4 * sumElements(choice, choice.n)

/** The largest matrices of f16 with sums in f32 that the adapter multiplies: one shape, or none. */
export const fittingMatrices = ({ matrixUnits }: KernelFacts): readonly Pick<MatrixChoice, "m" | "n" | "k">[] =>
  (matrixUnits?.shapes ?? [])
    .filter((shape) => shape.operands === "f16" && shape.sums === "f32")
    .toSorted((a, b) => b.m * b.n * b.k - a.m * a.n * a.k)
    .slice(0, 1)
    .map(({ m, n, k }) => ({ m, n, k }))

/** Tiles that the adapter's matrix units and limits allow. */
export const fittingMatrixTiles = (operands: MatrixChoice["operands"], facts: KernelFacts): readonly MatrixChoice[] =>
  fittingMatrices(facts)
    .flatMap((matrices) => tiles.map((tile): MatrixChoice => ({ ...tile, ...matrices, operands })))
    .filter(
      (choice) =>
        choice.subRows % choice.m === 0 &&
        choice.subColumns % choice.n === 0 &&
        choice.depth % choice.k === 0 &&
        matrixInvocations(choice, facts.subgroupSize) <= invocationsOf(facts) &&
        bytesOf(choice) <= workgroupMemoryOf(facts),
    )

export const matrixNumerics = ({ operands }: MatrixChoice): Numerics => (operands === "split" ? "split" : "f16")

/** Depths that matrices of split operands sum at most: rounded towards 0, longer sums drift by more than f32 does. */
export const longestSum = 1024

// Loads of a step of depth beside its products, and that sums pass through the memory now and then.
const loadShare = ({ rows, columns, drained }: Tile & Pick<MatrixChoice, "drained">): number =>
  (40 * (rows + columns)) / (rows * columns) + (drained === undefined ? 0 : 16 / drained)

/** Seconds that such tiles are expected to take: those that hang over count whole, and few leave cores idle. */
export const matrixSeconds = (products: Products, choice: MatrixChoice, model: CostModel): number =>
  filledSeconds(model, choice.operands === "split" ? "matrixSplit" : "matrixHalf", {
    workgroups:
      Math.ceil(products.rows / choice.rows) * Math.ceil(products.columns / choice.columns) * products.products,
    flops: 2 * choice.rows * choice.columns * products.depth * (1 + loadShare(choice)) * 0.8,
  })

/** Workgroups that tile a product. */
export const matrixTileCount = (products: Products, tile: Tile): number => tileCount(products, tile)

const extentOf = (choice: Tile, side: SharedSide["name"]): number => (side === "left" ? choice.rows : choice.columns)

/** Columns of sums that a subgroup's place has: of as many neighbouring matrices as `room`, in bytes, holds. */
export const sumColumns = (choice: MatrixChoice, room: number): number => {
  const abreast = choice.subColumns / choice.n
  const bytes = 4 * subgroupsOf(choice) * choice.m * choice.n
  const fitting = range(abreast).filter((i) => abreast % (i + 1) === 0 && bytes * (i + 1) <= room)
  return ((fitting.at(-1) ?? 0) + 1) * choice.n
}

/** Elements of all places of sums. */
export const sumElements = (choice: MatrixChoice, wide: number): number => subgroupsOf(choice) * choice.m * wide

const wideOf = ({ choice, facts }: Pick<MatrixTile, "choice" | "facts">): number =>
  sumColumns(choice, workgroupMemoryOf(facts) - operandBytes(choice))

/** What a tile's kernel consists of, given how its operands come. */
export interface MatrixTile {
  readonly choice: MatrixChoice
  readonly facts: KernelFacts
  readonly lines: TileLines
}

export const matrixTile = (
  choice: MatrixChoice,
  facts: KernelFacts,
  [left, right]: readonly [SharedSide, SharedSide],
): MatrixTile => ({ choice, facts, lines: { left: linesOf(left), right: linesOf(right) } })

/** Workgroup variables of a tile and the functions its operations need, to stand before the entry point. */
export const matrixDeclarations = (tile: MatrixTile): string => {
  const { choice } = tile
  const operations = operationsOf(tile)
  const elements = (side: SharedSide["name"]): number => tileElements(extentOf(choice, side), choice.depth)
  return lines(
    ...(["left", "right"] as const).flatMap((side) =>
      halvesOf(choice).map(
        (half) => statement`var<workgroup> ${side}_${half}: array<vec4<f16>, ${elements(side) / 4}>;`,
      ),
    ),
    operations.sums(sumElements(choice, wideOf(tile))),
    operations.declarations,
    ...(choice.operands === "split" ? [upperFunction] : []),
  )
}

export const matrixDirectives = (tile: MatrixTile): readonly string[] => operationsOf(tile).directives

const placeOf = ({ choice, lines: of }: MatrixTile, side: SharedSide["name"]): MatrixPlace => ({
  array: (half) => `${side}_${half}`,
  order: (side === "left") === (of[side] === "depths") ? "row_major" : "col_major",
  pitch: pitchOf(of[side] === "depths" ? choice.depth : extentOf(choice, side)),
})

const operationsOf = (tile: MatrixTile): MatrixOperations =>
  matrixOperations(
    tile.choice,
    tile.facts,
    { left: placeOf(tile, "left"), right: placeOf(tile, "right") },
    wideOf(tile),
  )

const splitText = (side: SharedSide["name"], place: Wgsl, values: Wgsl, id: string): readonly string[] => [
  statement`let ${side}_whole${id} = ${values};`,
  statement`let ${side}_upper${id} = upper_of(${side}_whole${id});`,
  statement`${side}_high[${place}] = vec4<f16>(${side}_upper${id});`,
  statement`${side}_low[${place}] = vec4<f16>(${side}_whole${id} - ${side}_upper${id});`,
]

const fillText = (tile: MatrixTile, { staged, id, row, depth, values }: HeldBlock): readonly string[] => {
  const { name } = staged.side
  const { pitch } = placeOf(tile, name)
  const place =
    tile.lines[name] === "depths"
      ? wgsl`(${row} * ${pitch}u + ${depth}) / 4u`
      : wgsl`(${depth} * ${pitch}u + ${row}) / 4u`
  return tile.choice.operands === "split"
    ? splitText(name, place, values[0]!, id)
    : [statement`${name}_high[${place}] = vec4<f16>(${values[0]!});`]
}

const sumName = (row: number, column: number): string => `s${row}_${column}`

/** Products of halves that are summed; that of both low ones is below what f32 holds. */
export const pairsOf = (choice: Pick<MatrixChoice, "operands">): readonly (readonly [Half, Half])[] =>
  choice.operands === "split"
    ? [
        ["low", "high"],
        ["high", "low"],
        ["high", "high"],
      ]
    : [["high", "high"]]

/** Where a matrix of a tile begins, so many rows from the subgroup's first and at a depth of the step. */
const matrixAt = (tile: MatrixTile, side: SharedSide["name"], rows: number, depth: Part): Wgsl => {
  const { pitch } = placeOf(tile, side)
  const row = wgsl`${side === "left" ? "own_row" : "own_column"} + ${rows}u`
  return tile.lines[side] === "depths" ? wgsl`${row} * ${pitch}u + ${depth}` : wgsl`${depth} * ${pitch}u + ${row}`
}

const multiplyText = (tile: MatrixTile, operations: MatrixOperations, depth: Part): readonly string[] => {
  const { choice } = tile
  const [inRows, inColumns] = [range(choice.subRows / choice.m), range(choice.subColumns / choice.n)]
  const halves = halvesOf(choice)
  return [
    ...inRows.flatMap((row) =>
      halves.map((half) =>
        operations.load("left", half, `l${row}_${half}`, matrixAt(tile, "left", row * choice.m, depth)),
      ),
    ),
    ...inColumns.flatMap((column) => [
      "{",
      ...halves.map((half) =>
        operations.load("right", half, `r_${half}`, matrixAt(tile, "right", column * choice.n, depth)),
      ),
      ...pairsOf(choice).flatMap(([left, right]) =>
        inRows.map((row) =>
          operations.multiplyAdd([left, `l${row}_${left}`], [right, `r_${right}`], sumName(row, column)),
        ),
      ),
      "}",
    ]),
  ]
}

/** One step of depth: written out by matrix units, whose places are then constants beside the subgroup's own; else a loop. */
const stepText = (tile: MatrixTile, operations: MatrixOperations): readonly string[] => {
  const { depth, k } = tile.choice
  return tile.facts.writesMatricesOut === true
    ? [statement`for (var d = 0u; d < ${depth}u; d += ${k}u) {`, ...multiplyText(tile, operations, "d"), "}"]
    : range(depth / k).flatMap((step) => ["{", ...multiplyText(tile, operations, `${step * k}u`), "}"])
}

// Four neighbours at a time, in whichever direction they are neighbours.
const stagedSide = (side: SharedSide, extent: number): StagedSide =>
  side.vectors === "depths" ? { side, extent, rows: 1, depths: 4 } : { side, extent, rows: 4, depths: 1 }

/** Turns in which a subgroup's invocations walk a row of places, four elements each. */
const turnsOf = ({ choice, facts }: MatrixTile): number =>
  Math.ceil((choice.m * wideOf({ choice, facts })) / 4 / facts.subgroupSize)

const totalName = (row: number, part: number, turn: number): string => `total${row}_${part}_${turn}`

/** Each place of sums by its row of matrices and its part of the columns. */
const placesOf = (tile: MatrixTile): readonly (readonly [row: number, part: number])[] =>
  range(tile.choice.subRows / tile.choice.m).flatMap((row) =>
    range(tile.choice.subColumns / wideOf(tile)).map((part) => [row, part] as const),
  )

const declareTotals = (tile: MatrixTile): readonly string[] =>
  tile.choice.drained !== undefined
    ? placesOf(tile).flatMap(([row, part]) =>
        range(turnsOf(tile)).map((turn) => statement`var ${totalName(row, part, turn)} = vec4<f32>();`),
      )
    : []

/** Lays the matrices of a place side by side into the memory. */
const layDown = (operations: MatrixOperations, { n }: MatrixChoice, wide: number, row: number, part: number) =>
  range(wide / n).map((column) => operations.store(sumName(row, (part * wide) / n + column), column * n))

/** Every so many depths the sums so far go to f32, where additions round, and the matrices begin anew. */
const drainText = (tile: MatrixTile, operations: MatrixOperations, begin: string): readonly string[] => {
  const { choice, facts } = tile
  if (choice.drained === undefined) return []
  const wide = wideOf(tile)
  const quads = (choice.m * wide) / 4
  const taken = (row: number, part: number, turn: number): string => {
    const e = wgsl`own + ${turn * facts.subgroupSize}u`
    const add = statement`${totalName(row, part, turn)} += ${operations.quad(wgsl`place + (${e}) * 4u`)};`
    return (turn + 1) * facts.subgroupSize <= quads ? add : statement`if (${e} < ${quads}u) { ${add} }`
  }
  return [
    statement`if (k > ${begin} && (k - ${begin}) % ${choice.drained}u == 0u) {`,
    statement`let place = subgroup * ${choice.m * wide}u;`,
    ...placesOf(tile).flatMap(([row, part]) => [
      ...layDown(operations, choice, wide, row, part),
      "workgroupBarrier();",
      ...range(turnsOf(tile)).map((turn) => taken(row, part, turn)),
      "workgroupBarrier();",
      ...range(wide / choice.n).map((column) => operations.clear(sumName(row, (part * wide) / choice.n + column))),
    ]),
    "}",
  ]
}

/**
 * Sums of a tile of Σk left[row, k]·right[k, column] in matrices `s<row>_<column>` of each subgroup, given `first_left` and
 * `first_right`, the tile's first row and column; `matrixStores` walks them. All invocations of a workgroup must reach it.
 */
export const matrixSums = (
  tile: MatrixTile,
  [left, right]: readonly [SharedSide, SharedSide],
  { begin, end }: Stretch,
): string => {
  const { choice, facts } = tile
  const operations = operationsOf(tile)
  const size = facts.subgroupSize
  const across = choice.columns / choice.subColumns
  const staging: Staging = {
    left: stagedSide(left, choice.rows),
    right: stagedSide(right, choice.columns),
    depth: choice.depth,
    invocations: matrixInvocations(choice, size),
  }
  return lines(
    statement`let subgroup = lane / ${size}u;`,
    statement`let own = lane % ${size}u;`,
    statement`let own_row = subgroup / ${across}u * ${choice.subRows}u;`,
    statement`let own_column = subgroup % ${across}u * ${choice.subColumns}u;`,
    stagingText(staging),
    ...range(choice.subRows / choice.m).flatMap((row) =>
      range(choice.subColumns / choice.n).map((column) => operations.zero(sumName(row, column))),
    ),
    ...declareTotals(tile),
    statement`for (var k = ${begin}; ; k += ${choice.depth}u) {`,
    // The next step's values are on their way while the last one's are multiplied.
    statement`let is_more = k < ${end};`,
    "if (is_more) {",
    fetchStep(staging),
    "}",
    statement`if (k > ${begin}) {`,
    stepText(tile, operations),
    "}",
    "if (!is_more) { break; }",
    ...drainText(tile, operations, begin),
    "workgroupBarrier();",
    fillStep(staging, (block) => fillText(tile, block)),
    "workgroupBarrier();",
    "}",
  )
}

/** What stores a tile: its operations, and how many columns a place of sums has. */
export interface SumsOut {
  readonly choice: MatrixChoice
  readonly facts: KernelFacts
  readonly operations: MatrixOperations
  readonly wide: number
  /** Name of what is added to four sums: of a row of matrices, a part of its columns, and a turn of a subgroup's invocations. */
  readonly total?: (row: number, part: number, turn: number) => string
}

/**
 * Statements for four neighbouring elements of the output at a time: their row, their first column, and the expression of their sums.
 * Matrices pass through memory, as many neighbours together as it holds, since their elements have no names.
 */
export const sumsOutText = (
  { choice, facts, operations, wide, total }: SumsOut,
  store: (row: Wgsl, column: Wgsl, sums: Wgsl) => readonly string[],
): string => {
  const { m, subRows, subColumns } = choice
  const quads = wide / 4
  const stored = (row: number, part: number, more: (sums: Wgsl) => Wgsl): readonly string[] =>
    store(
      wgsl`first_left + own_row + ${row * m}u + e / ${quads}u`,
      wgsl`first_right + own_column + ${part * wide}u + e % ${quads}u * 4u`,
      more(operations.quad(wgsl`place + e * 4u`)),
    )
  const walked = (row: number, part: number): readonly string[] =>
    total === undefined
      ? [
          statement`for (var e = own; e < ${m * quads}u; e += ${facts.subgroupSize}u) {`,
          ...stored(row, part, (sums) => sums),
          "}",
        ]
      : range(Math.ceil((m * quads) / facts.subgroupSize)).flatMap((turn) => [
          "{",
          statement`let e = own + ${turn * facts.subgroupSize}u;`,
          statement`if (e < ${m * quads}u) {`,
          ...stored(row, part, (sums) => wgsl`(${sums} + ${total(row, part, turn)})`),
          "}",
          "}",
        ])
  return lines(
    statement`let place = subgroup * ${m * wide}u;`,
    ...range(subRows / m).flatMap((row) =>
      range(subColumns / wide).map((part) =>
        lines(
          ...layDown(operations, choice, wide, row, part),
          "workgroupBarrier();",
          ...walked(row, part),
          "workgroupBarrier();",
        ),
      ),
    ),
  )
}

/** The same of a tile whose sums `matrixSums` has found. */
export const matrixStores = (
  tile: MatrixTile,
  store: (row: Wgsl, column: Wgsl, sums: Wgsl) => readonly string[],
): string => {
  const { choice, facts } = tile
  const total = choice.drained !== undefined ? { total: totalName } : {}
  return sumsOutText({ choice, facts, operations: operationsOf(tile), wide: wideOf(tile), ...total }, store)
}
