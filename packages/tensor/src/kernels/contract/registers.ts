import { statement } from "../../codegen/expression.ts"
import { filledSeconds } from "../../adapter/costModel.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { lines, range, type Operand } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import type { Way } from "../way/way.ts"
import { batchOffsets, stridedParams, type ContractProblem } from "./problem.ts"

const workgroupSize = 64

/** Rows and columns of the output that one invocation holds in registers. */
interface Tile {
  readonly rows: number
  readonly columns: number
}

const innerLoop = (a: Operand, b: Operand, { rows, columns }: Tile): string =>
  lines(
    ...range(rows).map((i) => statement`let a${i} = a_start + min(row + ${i}u, params.m - 1u) * params.a_m;`),
    ...range(columns).map((j) => statement`let b${j} = b_start + min(column + ${j}u, params.n - 1u) * params.b_n;`),
    ...range(rows).flatMap((i) => range(columns).map((j) => statement`var c${i}_${j} = 0.0f;`)),
    "for (var k = 0u; k < params.k; k++) {",
    "let ka = k * params.a_k;",
    "let kb = k * params.b_k;",
    ...range(rows).map((i) => statement`let x${i} = ${a.load}(a${i} + ka);`),
    ...range(columns).map((j) => statement`let y${j} = ${b.load}(b${j} + kb);`),
    ...range(rows).flatMap((i) => range(columns).map((j) => statement`c${i}_${j} += x${i} * y${j};`)),
    "}",
  )

const stores = ({ rows, columns }: Tile): string =>
  lines(
    range(rows).map((i) =>
      lines(
        statement`if (row + ${i}u < params.m) {`,
        statement`let at = (batch * params.m + row + ${i}u) * params.n + column;`,
        ...range(columns).map(
          (j) => statement`if (column + ${j}u < params.n) { store_out(at + ${j}u, finish(at + ${j}u, c${i}_${j})); }`,
        ),
        "}",
      ),
    ),
  )

const mainText = (a: Operand, b: Operand, tile: Tile, axes: number): string =>
  lines(
    statement`let tile = group * ${workgroupSize}u + lane;`,
    statement`let tile_columns = (params.n + ${tile.columns - 1}u) / ${tile.columns}u;`,
    statement`let tile_rows = (params.m + ${tile.rows - 1}u) / ${tile.rows}u;`,
    "if (tile >= tile_rows * tile_columns * params.batches) { return; }",
    "let batch = tile / (tile_rows * tile_columns);",
    statement`let row = (tile / tile_columns) % tile_rows * ${tile.rows}u;`,
    statement`let column = tile % tile_columns * ${tile.columns}u;`,
    "var a_start = params.a_offset;",
    "var b_start = params.b_offset;",
    batchOffsets(axes),
    innerLoop(a, b, tile),
    stores(tile),
  )

const tileFor = (m: number, n: number): Tile => ({ rows: m < 4 ? 1 : 4, columns: n < 4 ? 1 : 4 })

type RegisterChoice = { readonly rows: number; readonly columns: number }

const tilesOf = ({ m, n, batches }: ContractProblem, { rows, columns }: RegisterChoice): number =>
  Math.ceil(m / rows) * Math.ceil(n / columns) * batches

/**
 * Each invocation holds a tile of the output in registers: for any adapter and any problem, and fast to compile. Operands are
 * strided views, so transposes, head splits and broadcasts are strides, not copies; sizes and strides are parameters, so
 * all contractions of one tail share a pipeline.
 */
export const registers: Way<ContractProblem, RegisterChoice> = {
  name: "registers",
  needs: () => true,
  takes: () => true,
  numerics: () => "f32",
  candidates: ({ m, n }) => [tileFor(m, n)],
  cost: (problem, choice, model) =>
    filledSeconds(model, "registers", {
      workgroups: Math.ceil(tilesOf(problem, choice) / workgroupSize),
      flops: 2 * workgroupSize * choice.rows * choice.columns * problem.k,
    }),
  write: (problem, choice, { group, bindings }) => {
    const { code, functions } = finishFunction(group, bindings)
    return [
      assembleKernel({
        label: labelOf(group),
        family: "contract",
        bindings: bindings.entries,
        params: stridedParams(problem),
        functions,
        code,
        elements: sizeOf(group.root.shape),
        workgroupSize,
        main: mainText(problem.a, problem.b, choice, problem.axes.length),
        workgroups: Math.ceil(tilesOf(problem, choice) / workgroupSize),
      }),
    ]
  },
}
