import { workgroupMemoryOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import { statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { lines, range } from "../emit/operand.ts"
import { upperFunction } from "../emit/scale.ts"
import {
  type MatrixChoice,
  type Tile,
  halvesOf,
  matrixInvocations,
  operandBytes,
  pitchOf,
  sumColumns,
  sumElements,
  tileElements,
} from "./matrixChoice.ts"
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
import type { Stretch } from "./workgroupTile.ts"

/** What lies in a line of a tile's memory: all depths of a row where depths come as vectors, else all rows at a depth. */
export type Lines = "depths" | "rows"

/** How both operands of a tile lie. */
export interface TileLines {
  readonly left: Lines
  readonly right: Lines
}

const linesOf = ({ vectors }: SharedSide): Lines => (vectors === "depths" ? "depths" : "rows")

const extentOf = (choice: Tile, side: SharedSide["name"]): number => (side === "left" ? choice.rows : choice.columns)

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
