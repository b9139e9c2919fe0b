import { workgroupMemoryOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import { statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { lines, range } from "../emit/operand.ts"
import { upperFunction } from "../emit/scale.ts"
import {
  type MatrixChoice,
  type Tile,
  halvesOf,
  heldElements,
  matrixInvocations,
  operandBytes,
  pitchOf,
  stepsHeld,
  sumColumns,
  sumElements,
} from "./matrixChoice.ts"
import {
  fragmentLines,
  fragmentName,
  fragmentPlace,
  loadFragments,
  takeFragments,
  type Fragments,
} from "./fragments.ts"
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
import { declareTotals, drainText, totalName } from "./drain.ts"
import { sumName, sumsOutText, type SumsOut } from "./sumsOut.ts"
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
  /** How the operand lies whose matrices come packed, where there is one. */
  readonly fragments?: Fragments
}

export const matrixTile = (
  choice: MatrixChoice,
  facts: KernelFacts,
  [left, right]: readonly [SharedSide, SharedSide],
  fragments?: Fragments,
): MatrixTile => ({
  choice,
  facts,
  lines: { left: linesOf(left), right: linesOf(right) },
  ...(fragments === undefined ? {} : { fragments }),
})

/** Workgroup variables of a tile and the functions its operations need, to stand before the entry point. */
export const matrixDeclarations = (tile: MatrixTile): string => {
  const { choice } = tile
  const operations = operationsOf(tile)
  return lines(
    ...heldSides(choice).flatMap((side) =>
      halvesOf(choice).map(
        (half) => statement`var<workgroup> ${side}_${half}: array<vec4<f16>, ${heldElements(choice, side) / 4}>;`,
      ),
    ),
    operations.sums(sumElements(choice, wideOf(tile))),
    operations.declarations,
    ...(choice.operands === "split" ? [upperFunction] : []),
  )
}

export const matrixDirectives = (tile: MatrixTile): readonly string[] => operationsOf(tile).directives

/** Operands that pass through the workgroup's memory. */
const heldSides = ({ packed }: MatrixChoice): readonly SharedSide["name"][] =>
  (["left", "right"] as const).filter((side) => side !== packed)

const placeOf = ({ choice, lines: of, fragments }: MatrixTile, side: SharedSide["name"]): MatrixPlace =>
  choice.packed === side
    ? fragmentPlace(side, fragments!)
    : {
        array: (half) => `${side}_${half}`,
        order: (side === "left") === (of[side] === "depths") ? "row_major" : "col_major",
        pitch: pitchOf(of[side] === "depths" ? choice.depth : extentOf(choice, side)),
      }

/** Where the element of a row at a depth lies, in the place of the step at hand among those that the memory holds. */
const lineAt = (tile: MatrixTile, side: SharedSide["name"], row: Wgsl, depth: Part): Wgsl => {
  const { choice } = tile
  const { pitch } = placeOf(tile, side)
  const at = tile.lines[side] === "depths" ? wgsl`${row} * ${pitch}u + ${depth}` : wgsl`${depth} * ${pitch}u + ${row}`
  return stepsHeld(choice) === 1 ? at : wgsl`${at} + held * ${heldElements(choice, side) / stepsHeld(choice)}u`
}

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
  const place = wgsl`${lineAt(tile, name, wgsl`${row}`, depth)} / 4u`
  return tile.choice.operands === "split"
    ? splitText(name, place, values[0]!, id)
    : [statement`${name}_high[${place}] = vec4<f16>(${values[0]!});`]
}

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
  return lineAt(tile, side, wgsl`${side === "left" ? "own_row" : "own_column"} + ${rows}u`, depth)
}

/** Products at some depths of the step: `at`, the first of them, and its number among the step's where it is known. */
const multiplyText = (
  tile: MatrixTile,
  operations: MatrixOperations,
  { at, number }: { readonly at: Part; readonly number: number },
): readonly string[] => {
  const { choice } = tile
  const [inRows, inColumns] = [range(choice.subRows / choice.m), range(choice.subColumns / choice.n)]
  const halves = halvesOf(choice)
  const load = (side: SharedSide["name"], name: string, rows: number): readonly string[] =>
    choice.packed === side
      ? []
      : halves.map((half) => operations.load(side, half, `${name}_${half}`, matrixAt(tile, side, rows, at)))
  const nameOf = (side: SharedSide["name"], i: number, otherwise: string, half: Half): string =>
    choice.packed === side ? fragmentName(i, number, half) : `${otherwise}_${half}`
  return [
    ...inRows.flatMap((row) => load("left", `l${row}`, row * choice.m)),
    ...inColumns.flatMap((column) => [
      "{",
      ...load("right", "r", column * choice.n),
      ...pairsOf(choice).flatMap(([left, right]) =>
        inRows.map((row) =>
          operations.multiplyAdd(
            [left, nameOf("left", row, `l${row}`, left)],
            [right, nameOf("right", column, "r", right)],
            sumName(row, column),
          ),
        ),
      ),
      "}",
    ]),
  ]
}

/**
 * One step of depth: written out by matrix units, whose places are then constants beside the subgroup's own; else a loop. Packed matrices
 * have names of their own at each depth.
 */
const stepText = (tile: MatrixTile, operations: MatrixOperations, end: string): readonly string[] => {
  const { depth, k } = tile.choice
  if (tile.facts.writesMatricesOut === true && tile.fragments === undefined)
    return [
      statement`for (var d = 0u; d < ${depth}u; d += ${k}u) {`,
      ...multiplyText(tile, operations, { at: "d", number: 0 }),
      "}",
    ]
  return range(depth / k).flatMap((number) => [
    // Beyond the end there are no fragments: those at hand are of smaller depths.
    tile.fragments?.wholeSteps === false ? statement`if (k + ${number * k}u < ${end} + ${depth}u) {` : "{",
    ...multiplyText(tile, operations, { at: `${number * k}u`, number }),
    "}",
  ])
}

// Four neighbours at a time, in whichever direction they are neighbours.
const stagedSide = (side: SharedSide, extent: number): StagedSide =>
  side.vectors === "depths" ? { side, extent, rows: 1, depths: 4 } : { side, extent, rows: 4, depths: 1 }

const sumsOutOf = (tile: MatrixTile): SumsOut => ({
  choice: tile.choice,
  facts: tile.facts,
  operations: operationsOf(tile),
  wide: wideOf(tile),
})

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
  const sides = [stagedSide(left, choice.rows), stagedSide(right, choice.columns)] as const
  const staging: Staging = {
    sides: choice.packed === undefined ? sides : [choice.packed === "left" ? sides[1] : sides[0]],
    depth: choice.depth,
    invocations: matrixInvocations(choice, size),
  }
  const isHeldTwice = stepsHeld(choice) === 2
  return lines(
    statement`let subgroup = lane / ${size}u;`,
    statement`let own = lane % ${size}u;`,
    statement`let own_row = subgroup / ${across}u * ${choice.subRows}u;`,
    statement`let own_column = subgroup % ${across}u * ${choice.subColumns}u;`,
    stagingText(staging),
    ...range(choice.subRows / choice.m).flatMap((row) =>
      range(choice.subColumns / choice.n).map((column) => operations.zero(sumName(row, column))),
    ),
    ...declareTotals(sumsOutOf(tile)),
    ...fragmentLines(tile, operations),
    ...(isHeldTwice ? ["var held = 1u;"] : []),
    statement`for (var k = ${begin}; ; k += ${choice.depth}u) {`,
    // The next step's values are on their way while the last one's are multiplied.
    statement`let is_more = k < ${end};`,
    "if (is_more) {",
    fetchStep(staging),
    ...loadFragments(tile, operations),
    "}",
    statement`if (k > ${begin}) {`,
    stepText(tile, operations, end),
    "}",
    "if (!is_more) { break; }",
    ...takeFragments(tile),
    ...drainText(sumsOutOf(tile), begin),
    // The other step lies where nobody reads since the last barrier.
    isHeldTwice ? "held = 1u - held;" : "workgroupBarrier();",
    fillStep(staging, (block) => fillText(tile, block)),
    "workgroupBarrier();",
    "}",
  )
}

/** The same of a tile whose sums `matrixSums` has found. */
export const matrixStores = (
  tile: MatrixTile,
  store: (row: Wgsl, column: Wgsl, sums: Wgsl) => readonly string[],
): string => {
  const total = tile.choice.drained !== undefined ? { total: totalName } : {}
  return sumsOutText({ ...sumsOutOf(tile), ...total }, store)
}
