import { statement } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph.ts"
import type { Group } from "../../plan/fusion.ts"
import { sizeOf } from "../../shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { batchAxes, type Batch } from "./batchAxes.ts"
import { choiceFor, type Kernel, type KernelLimits } from "../dispatch/kernel.ts"
import { storeText, sumText, type Operands, type Tile } from "./texturesText.ts"
import { depth, hasLaneTiles, lanes, subgroupDirectives } from "../tiles/laneTile.ts"
import { lines, operandOf, range } from "../emit/operand.ts"
import { stageMatrix, type StagedMatrix } from "./matrixInTexture.ts"
import { quadEntries } from "../emit/quadElement.ts"
import { quadFinish } from "../emit/quadFinish.ts"
import { bindGroup, finishFunction, labelOf } from "../emit/tail.ts"

/** The tile of a workgroup, which is one subgroup. */
export type StagedChoice = {
  readonly rows: number
  readonly columns: number
  /** Which tiles follow one another: those of one column (rows first), or those of one row. */
  readonly order: "rows" | "columns"
}

interface Problem {
  readonly a: StagedMatrix
  readonly b: StagedMatrix
  readonly batch: readonly Batch[]
  readonly m: number
  readonly n: number
  readonly k: number
  readonly batches: number
}

const stagedProblem = (contract: Tensor, group: Group, limits: KernelLimits): Problem | null => {
  const bindings = bindGroup(group, limits, null)
  const [a, b] = contract.inputs.map((input) => operandOf(group, bindings, input))
  const rank = contract.shape.length
  const batch = batchAxes(a!.view, b!.view, contract.shape.slice(0, -2))
  const [left, right] = [
    stageMatrix(a!.base, a!.view, batch, "a", limits),
    stageMatrix(b!.base, b!.view, batch, "b", limits),
  ]
  if (left === null || right === null || left.staged.packed === true) return null
  const [m, n, k] = [contract.shape[rank - 2]!, contract.shape[rank - 1]!, contract.inputs[0]!.shape[rank - 1]!]
  return { a: left, b: right, batch, m, n, k, batches: sizeOf(contract.shape.slice(0, -2)) }
}

const batchLines = ({ batch }: Problem): readonly string[] => [
  "var rest = batch;",
  ...range(batch.length)
    .toReversed()
    .flatMap((axis) => [
      statement`let z${axis} = rest % params.batch${axis};`,
      statement`rest = rest / params.batch${axis};`,
      ...["a", "b"].flatMap((side) => [
        statement`${side}_row += z${axis} * params.${side}_rows${axis};`,
        statement`${side}_texel += z${axis} * params.${side}_texels${axis};`,
      ]),
    ]),
]

const mainText = (problem: Problem, choice: StagedChoice, vector: boolean): string => {
  const { rows, columns } = choice
  return lines(
    "let l = lane;",
    statement`let row_tiles = (params.m + ${rows - 1}u) / ${rows}u;`,
    statement`let column_tiles = (params.n + ${columns - 1}u) / ${columns}u;`,
    "let batch = group / (row_tiles * column_tiles);",
    // The order of tiles is a parameter, so that both orders are one pipeline.
    statement`let row = group / params.row_step % row_tiles * ${rows}u;`,
    statement`let column = group / params.column_step % column_tiles * ${columns}u + l * ${columns / lanes}u;`,
    "if (batch >= params.batches) { return; }",
    ["a", "b"].flatMap((side) => [
      statement`var ${side}_row = params.${side}_row;`,
      statement`var ${side}_texel = params.${side}_texel;`,
    ]),
    batchLines(problem),
    sumText(operandsOf(problem), choice, problem.k % depth === 0),
    storeText(choice, vector),
  )
}

const matrixParams = (side: string, { row, texel, batch }: StagedMatrix): Readonly<Record<string, number>> => ({
  [`${side}_row`]: row,
  [`${side}_texel`]: texel,
  ...Object.fromEntries(
    batch.flatMap(({ rows, texels }, i) => [
      [`${side}_rows${i}`, rows],
      [`${side}_texels${i}`, texels],
    ]),
  ),
})

const pitchParams = (side: string, { abreast, staged }: StagedMatrix): Readonly<Record<string, number>> =>
  abreast === 1 ? {} : { [`${side}_pitch`]: staged.width / abreast }

const operandsOf = ({ a, b }: Problem): Operands => ({
  leftAcross: a.across,
  rightAcross: b.across,
  packed: b.staged.packed === true,
  leftAbreast: a.abreast,
  rightAbreast: b.abreast,
})

const tiles: readonly [Tile, ...Tile[]] = [
  { rows: 24, columns: 64 },
  { rows: 28, columns: 32 },
  { rows: 20, columns: 64 },
  { rows: 24, columns: 32 },
  { rows: 16, columns: 64 },
  { rows: 16, columns: 32 },
]

// Work of a tile per value of depth in multiply-adds of its vectors: theirs, and what loading its texels and carrying its
// sums from step to step costs beside them. Rows and columns beyond the last count as well.
const tileCost = (m: number, n: number, { rows, columns }: Tile): number => {
  const sums = (rows * columns) / (4 * lanes)
  const loads = rows / (4 * lanes) + columns / (4 * lanes)
  return Math.ceil(m / rows) * Math.ceil(n / columns) * (1.15 * sums + 16 * loads)
}

// A right matrix of this size stays near the core while all columns of some rows are computed, so that the left one is read
// once; of a larger one, some columns are kept and all rows walk past them.
const nearBytes = 2 ** 19

const untunedOrder = ({ n, k }: Problem): StagedChoice["order"] => (4 * n * k <= nearBytes ? "columns" : "rows")

/** Without measurements: the cheapest tile. */
const untunedTile = ({ m, n }: Problem): Tile =>
  m <= 8
    ? { rows: 8, columns: 64 }
    : tiles.reduce((best, tile) => (tileCost(m, n, tile) < tileCost(m, n, best) ? tile : best))

/** Tiles worth measuring for a problem, the untuned one first. */
export const tileCandidates = (problem: Problem): readonly [StagedChoice, ...StagedChoice[]] => {
  const first = untunedTile(problem)
  const others =
    problem.m <= 8 ? [] : tiles.filter((tile) => tile.rows !== first.rows || tile.columns !== first.columns)
  const order = untunedOrder(problem)
  const orders = ({ rows, columns }: Tile): readonly [StagedChoice, StagedChoice] => [
    { rows, columns, order },
    { rows, columns, order: order === "rows" ? "columns" : "rows" },
  ]
  return [...orders(first), ...others.flatMap(orders)]
}

const problemKey = ({ a, b, m, n, k, batches }: Problem): string =>
  `${m}x${n}x${k}${batches === 1 ? "" : ` batch ${batches}`} ${a.across ? "t" : "n"}${b.across ? "t" : "n"}${b.staged.packed === true ? " f16" : ""}`

const worthStaging = ({ m, n, k, batches }: Problem): boolean =>
  m >= 8 && n >= 32 && n % 4 === 0 && k >= 32 && m * n * k * batches >= 1 << 20

/**
 * Σk a[…, m, k]·b[…, k, n] with operands in textures, for adapters whose subgroups have eight lanes: CPU drivers, where
 * a texture read is one shared function, a broadcast one instruction, and a barrier ruinous. `null` where the operands do
 * not lie in rows of whole texels or the problem is too small to pay for staging.
 */
export const contractStaged = (
  group: Group,
  limits: KernelLimits,
  inPlace: Tensor | null,
): readonly Kernel[] | null => {
  if (!hasLaneTiles(limits)) return null
  const problem = stagedProblem(group.anchor!, group, limits)
  if (problem === null || !worthStaging(problem)) return null
  const bindings = bindGroup(group, limits, inPlace)
  const quad = quadFinish(group, bindings)
  // A buffer that is read and written is bound once: as vectors for both or for none.
  const vector = quad !== null && (inPlace === null || !group.reads.includes(inPlace) || quad.vectors.has(inPlace))
  const { code, functions } = vector ? quad : finishFunction(group, bindings)
  const entries = (vector ? quadEntries(bindings, quad.vectors, group.root) : bindings.entries).filter(
    ({ binding }) => binding.access !== "read" || new RegExp(`load4?_${binding.name}\\(`).test(code),
  )
  const choice = choiceFor(limits, {
    family: "contract",
    problem: problemKey(problem),
    candidates: tileCandidates(problem),
  })
  const { m, n, k, batches, batch, a, b } = problem
  const [rowTiles, columnTiles] = [Math.ceil(m / choice.rows), Math.ceil(n / choice.columns)]
  return [
    assembleKernel({
      label: labelOf(group),
      family: "contract",
      bindings: entries,
      textures: [
        { name: "left", staged: a.staged },
        { name: "right", staged: b.staged },
      ],
      directives: subgroupDirectives,
      params: {
        m,
        n,
        k,
        batches,
        row_step: choice.order === "rows" ? 1 : columnTiles,
        column_step: choice.order === "rows" ? rowTiles : 1,
        ...Object.fromEntries(batch.map(({ extent }, i) => [`batch${i}`, extent])),
        ...matrixParams("a", a),
        ...matrixParams("b", b),
        ...pitchParams("a", a),
        ...pitchParams("b", b),
      },
      functions,
      code,
      elements: sizeOf(group.root.shape),
      workgroupSize: lanes,
      main: mainText(problem, choice, vector),
      workgroups: rowTiles * columnTiles * batches,
      choice: { ...choice, operands: "textures" },
    }),
  ]
}
