import { statement } from "../../codegen/expression.ts"
import { secondsOf } from "../../adapter/costModel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { lines, range } from "../emit/operand.ts"
import { storedTail } from "../emit/storedTail.ts"
import { labelOf } from "../emit/tail.ts"
import { depth, hasLaneTiles, lanes, subgroupDirectives } from "../tiles/laneTile.ts"
import type { Site, Way } from "../way/way.ts"
import { stageMatrix, type StagedMatrix } from "./matrixInTexture.ts"
import type { ContractProblem } from "./problem.ts"
import { storeText, sumText, type Operands, type Tile } from "./texturesText.ts"

/** The tile of a workgroup, which is one subgroup. */
export type StagedChoice = {
  readonly rows: number
  readonly columns: number
  /** Which tiles follow one another: those of one column (rows first), or those of one row. */
  readonly order: "rows" | "columns"
}

/** A contraction whose operands lie in textures. */
interface StagedProblem extends Pick<ContractProblem, "axes" | "m" | "n" | "k" | "batches"> {
  readonly a: StagedMatrix
  readonly b: StagedMatrix
}

const stagedProblem = ({ a, b, ...sizes }: ContractProblem, facts: KernelFacts): StagedProblem | null => {
  if (a.computed !== undefined || b.computed !== undefined) return null
  const [left, right] = [stageMatrix(a, sizes.axes, "a", facts), stageMatrix(b, sizes.axes, "b", facts)]
  if (left === null || right === null || left.staged.packed === true) return null
  return { ...sizes, a: left, b: right }
}

const batchLines = ({ axes }: StagedProblem): readonly string[] => [
  "var rest = batch;",
  ...range(axes.length)
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

const mainText = (problem: StagedProblem, choice: StagedChoice, vector: boolean): string => {
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

const operandsOf = ({ a, b }: StagedProblem): Operands => ({
  leftAcross: a.across,
  rightAcross: b.across,
  packed: b.staged.packed === true,
  leftAbreast: a.abreast,
  rightAbreast: b.abreast,
})

const tiles: readonly Tile[] = [
  { rows: 32, columns: 32 },
  { rows: 28, columns: 32 },
  { rows: 24, columns: 32 },
  { rows: 16, columns: 64 },
  { rows: 16, columns: 32 },
  { rows: 24, columns: 64 },
  { rows: 20, columns: 64 },
]

/** Sums beyond which a step's code no longer lies in what a core has decoded, and what everything costs then. */
const decodedSums = 32
const beyondDecoded = 1.2

/** What another tile than the first has to gain before it is worth a kernel more to compile. */
const worthCompiling = 1.3

// Work of a tile per value of depth in multiply-adds of its vectors: theirs, and what loading its texels and carrying its
// sums from step to step costs beside them. Rows and columns beyond the last count as well.
const tileWork = ({ m, n }: ContractProblem, { rows, columns }: Tile): number => {
  const sums = (rows * columns) / (4 * lanes)
  const loads = rows / (4 * lanes) + columns / (4 * lanes)
  const work = (1.15 * sums + 16 * loads) * (sums > decodedSums ? beyondDecoded : 1)
  const isFirst = rows === tiles[0]!.rows && columns === tiles[0]!.columns
  return Math.ceil(m / rows) * Math.ceil(n / columns) * work * (isFirst ? 1 : worthCompiling)
}

/** FLOPs of a unit of that work, as fast as lanes multiply where nothing else keeps them from it. */
const workFlops = 38

// A right matrix of this size stays near the core while all columns of some rows are computed, so that the left one is read
// once; of a larger one, some columns are kept and all rows walk past them.
const nearBytes = 2 ** 19

const nearOrder = ({ n, k }: ContractProblem): StagedChoice["order"] => (4 * n * k <= nearBytes ? "columns" : "rows")

/** What reading a matrix again costs, which the wrong order of tiles does. */
const farOrder = 1.02

const isWorthStaging = ({ m, n, k, batches }: ContractProblem): boolean =>
  m >= 8 && n >= 32 && n % 4 === 0 && k >= 32 && m * n * k * batches >= 1 << 20

/** Whether the operands lie in rows of whole texels, and the problem is large enough to pay for staging them. */
export const takesTextures = (problem: ContractProblem, facts: KernelFacts): boolean =>
  isWorthStaging(problem) && stagedProblem(problem, facts) !== null

const tilesFor = ({ m }: ContractProblem): readonly Tile[] => (m <= 8 ? [{ rows: 8, columns: 64 }] : tiles)

const paramsOf = ({ a, b, axes, m, n, k, batches }: StagedProblem, { rows, columns, order }: StagedChoice) => {
  const [rowTiles, columnTiles] = [Math.ceil(m / rows), Math.ceil(n / columns)]
  return {
    m,
    n,
    k,
    batches,
    row_step: order === "rows" ? 1 : columnTiles,
    column_step: order === "rows" ? rowTiles : 1,
    ...Object.fromEntries(axes.map(({ extent }, i) => [`batch${i}`, extent])),
    ...matrixParams("a", a),
    ...matrixParams("b", b),
    ...pitchParams("a", a),
    ...pitchParams("b", b),
  }
}

// Buffers that the tail does not read are not bound.
const tailOf = (site: Site) => {
  const tail = storedTail(site)
  const entries = tail.entries.filter(
    ({ binding }) => binding.access !== "read" || new RegExp(`load4?_${binding.name}\\(`).test(tail.code),
  )
  return { ...tail, entries }
}

/**
 * Operands in textures, one subgroup of eight lanes for a tile: for CPU drivers, where a texture read is one shared function,
 * a broadcast one instruction, and a barrier ruinous.
 */
export const textures: Way<ContractProblem, StagedChoice> = {
  name: "textures",
  needs: hasLaneTiles,
  takes: takesTextures,
  numerics: () => "f32",
  candidates: (problem) => {
    const near = nearOrder(problem)
    const orders = near === "rows" ? (["rows", "columns"] as const) : (["columns", "rows"] as const)
    return orders.flatMap((order) => tilesFor(problem).map(({ rows, columns }) => ({ rows, columns, order })))
  },
  cost: (problem, choice, model) =>
    secondsOf(model, "lanes", tileWork(problem, choice) * problem.k * problem.batches * workFlops) *
    (choice.order === nearOrder(problem) ? 1 : farOrder),
  write: (problem, choice, site) => {
    const staged = stagedProblem(problem, site.facts)!
    const { vector, code, functions, entries } = tailOf(site)
    const { m, n, batches } = problem
    return [
      assembleKernel({
        label: labelOf(site.group),
        family: "contract",
        bindings: entries,
        textures: [
          { name: "left", staged: staged.a.staged },
          { name: "right", staged: staged.b.staged },
        ],
        directives: subgroupDirectives,
        params: paramsOf(staged, choice),
        functions,
        code,
        elements: sizeOf(site.group.root.shape),
        workgroupSize: lanes,
        main: mainText(staged, choice, vector),
        workgroups: Math.ceil(m / choice.rows) * Math.ceil(n / choice.columns) * batches,
      }),
    ]
  },
}
