import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { range } from "../emit/operand.ts"
import { fragmentEdge, halvesOf, type MatrixChoice } from "./matrixChoice.ts"
import type { Half, MatrixOperations, MatrixPlace } from "./matrixOperations.ts"

/**
 * How a packed operand lies in storage: in fragments of 16×16, each whole, high halves of all before the low ones. Of `params`: `blocks` of
 * its rows and `depth_blocks` of its depths, elements from one such block to the next, `row_step` and `depth_step`, and `packed_low`, where
 * low halves begin.
 */
export interface Fragments {
  /** The array of `vec4<f16>`. */
  readonly array: string
  /** What lies in a line of a fragment: depths of a row, or rows at a depth. */
  readonly lines: "depths" | "rows"
  /** Whether all steps of depth are whole, so that none reaches beyond the last fragment. */
  readonly wholeSteps: boolean
}

interface PackedTile {
  readonly choice: MatrixChoice
  readonly facts: KernelFacts
  readonly fragments?: Fragments
}

export const fragmentPlace = (side: "left" | "right", { array, lines }: Fragments): MatrixPlace => ({
  array: () => array,
  order: (side === "left") === (lines === "depths") ? "row_major" : "col_major",
  pitch: fragmentEdge,
})

/** A packed matrix of the step at hand: number `i` of the subgroup's, at depth number `step` of it. */
export const fragmentName = (i: number, step: number, half: Half): string => `f${i}_${step}_${half}`

const nextName = (i: number, step: number, half: Half): string => `next_f${i}_${step}_${half}`

/** Rows of a packed matrix, and of all those of a subgroup. */
const extentsOf = ({ packed, m, n, subRows, subColumns }: MatrixChoice): readonly [matrix: number, all: number] =>
  packed === "left" ? [m, subRows] : [n, subColumns]

const eachMatrix = <A>({ choice }: PackedTile, text: (i: number, step: number, half: Half) => A): readonly A[] => {
  const [matrix, all] = extentsOf(choice)
  return range(all / matrix).flatMap((i) =>
    range(choice.depth / choice.k).flatMap((step) => halvesOf(choice).map((half) => text(i, step, half))),
  )
}

/** Where matrix `i` begins, of the step that begins at `k`. */
const placeOf = ({ choice, fragments }: PackedTile, i: number, step: number, half: Half): Wgsl => {
  const [row, depth] = [i * extentsOf(choice)[0], step * choice.k]
  const [inRow, inDepth] = [row % fragmentEdge, depth % fragmentEdge]
  const within = fragments!.lines === "depths" ? inRow * fragmentEdge + inDepth : inDepth * fragmentEdge + inRow
  const ahead = wgsl`k / ${fragmentEdge}u + ${Math.floor(depth / fragmentEdge)}u`
  const block = fragments!.wholeSteps ? ahead : wgsl`min(${ahead}, params.depth_blocks - 1u)`
  const at = wgsl`${`fragment${Math.floor(row / fragmentEdge)}`} + ${block} * params.depth_step + ${within}u`
  return half === "low" ? wgsl`${at} + params.packed_low` : at
}

/** Names of what a subgroup loads packed matrices by, before the loop over depths. Rows beyond the last are computed and not stored. */
export const fragmentLines = (tile: PackedTile, operations: MatrixOperations): readonly string[] => {
  const { packed } = tile.choice
  if (packed === undefined) return []
  const first = packed === "left" ? wgsl`first_left + own_row` : wgsl`first_right + own_column`
  return [
    ...range(extentsOf(tile.choice)[1] / fragmentEdge).map(
      (block) =>
        statement`let fragment${block} = min((${first}) / ${fragmentEdge}u + ${block}u, params.blocks - 1u) * params.row_step;`,
    ),
    ...eachMatrix(tile, (...matrix) => operations.declare(packed, nextName(...matrix))),
    ...eachMatrix(tile, (...matrix) => operations.declare(packed, fragmentName(...matrix))),
  ]
}

/** Loads the packed matrices of the step that begins at `k`: on their way while the last step's are multiplied. */
export const loadFragments = (tile: PackedTile, operations: MatrixOperations): readonly string[] => {
  const { packed } = tile.choice
  if (packed === undefined) return []
  return eachMatrix(tile, (...matrix) =>
    operations.reload(packed, matrix[2], nextName(...matrix), placeOf(tile, ...matrix)),
  )
}

/** Makes them those of the step at hand. */
export const takeFragments = (tile: PackedTile): readonly string[] =>
  tile.choice.packed === undefined
    ? []
    : eachMatrix(tile, (...matrix) => `${fragmentName(...matrix)} = ${nextName(...matrix)};`)
