import { call, statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import { lines, range, type Operand } from "../emit/operand.ts"
import { scaleFunction } from "../emit/scale.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import {
  fittingTiles,
  isWideEnough,
  sharedDeclarations,
  sharedDirectives,
  sharedNumerics,
  sharedSeconds,
  sharedStores,
  sharedSums,
  tileCount,
  tileInvocations,
  type Products,
  type SharedChoice,
  type SharedSide,
} from "../tiles/workgroupTile.ts"
import type { Site, Way } from "../way/way.ts"
import { batchOffsets, stridedParams, type ContractProblem } from "./problem.ts"

/** What tiles of rounded operands multiply by: their scales before, the inverses after. Empty where operands stay as they are. */
export interface Scaling {
  readonly lines: readonly string[]
  readonly left: string
  readonly right: string
}

const side = (
  name: "left" | "right",
  operand: Operand,
  alongDepth: boolean,
  { scaling = null, end = "params.k" }: { readonly scaling?: Scaling | null; readonly end?: string },
): SharedSide => {
  const [letter, extent, along] = name === "left" ? ["a", "m", "a_m"] : ["b", "n", "b_n"]
  const scaled = (values: Wgsl): Wgsl => (scaling === null ? values : wgsl`${values} * ${scaling[name]}_scale`)
  return {
    name,
    alongDepth,
    prepare: (i, first) =>
      range(4).map(
        (r) =>
          statement`let ${letter}${i}_${r} = ${letter}_start + min(${first} + ${r}u, params.${extent} - 1u) * params.${along};`,
      ),
    fetch: (i, k) => {
      const values = range(4).map((r) => wgsl`${operand.load}(${letter}${i}_${r} + ${letter}${i}_at)`)
      return [
        [
          statement`let ${letter}${i}_at = ${k} * params.${letter}_k;`,
          statement`var ${letter}${i} = vec4<f32>();`,
          statement`if (${k} < ${end}) { ${letter}${i} = ${scaled(call("vec4<f32>", values))}; }`,
        ],
        `${letter}${i}`,
      ]
    },
  }
}

/** Both operands, fetched as they lie; depths from `end` on count as 0. */
export const sidesOf = (
  { a, b }: Pick<ContractProblem, "a" | "b">,
  how: Parameters<typeof side>[3] = {},
): readonly [SharedSide, SharedSide] => {
  const rank = a.view.shape.length
  return [side("left", a, a.view.strides[rank - 1] === 1, how), side("right", b, b.view.strides[rank - 2] === 1, how)]
}

const storeQuad =
  (scaling: Scaling | null) =>
  (row: Wgsl, column: Wgsl, sums: string): readonly string[] => {
    const unscaled = (sum: Wgsl): Wgsl =>
      scaling === null ? sum : wgsl`${sum} * ${scaling.left}_unscale * ${scaling.right}_unscale`
    return [
      "{",
      statement`let row = ${row};`,
      statement`let column = ${column};`,
      "let at = (batch * params.m + row) * params.n + column;",
      ...[..."xyzw"].map(
        (c, j) =>
          statement`if (row < params.m && column + ${j}u < params.n) { store_out(at + ${j}u, finish(at + ${j}u, ${unscaled(wgsl`${sums}.${c}`)})); }`,
      ),
      "}",
    ]
  }

const mainText = ({ a, b, axes }: ContractProblem, choice: SharedChoice, scaling: Scaling | null): string => {
  const [left, right] = sidesOf({ a, b }, { scaling })
  return lines(
    statement`let row_tiles = (params.m + ${choice.rows - 1}u) / ${choice.rows}u;`,
    statement`let column_tiles = (params.n + ${choice.columns - 1}u) / ${choice.columns}u;`,
    "let batch = group / (row_tiles * column_tiles);",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (batch >= params.batches) { return; }",
    statement`let first_left = group / column_tiles % row_tiles * ${choice.rows}u;`,
    statement`let first_right = group % column_tiles * ${choice.columns}u;`,
    "var a_start = params.a_offset;",
    "var b_start = params.b_offset;",
    batchOffsets(axes.length),
    scaling?.lines ?? [],
    sharedSums(choice, left, right),
    sharedStores(choice, storeQuad(scaling)),
  )
}

export const productsOf = ({ m, n, k, batches }: ContractProblem): Products => ({
  rows: m,
  columns: n,
  depth: k,
  products: batches,
})

/** A contraction by tiles in workgroup memory. */
export const tiledKernel = (
  problem: ContractProblem,
  choice: SharedChoice,
  { group, bindings }: Site,
  scaling: Scaling | null = null,
): Kernel => {
  const { code, functions } = finishFunction(group, bindings)
  return assembleKernel({
    label: labelOf(group),
    family: "contract",
    bindings: bindings.entries,
    directives: sharedDirectives(choice),
    params: stridedParams(problem),
    functions: [...functions, sharedDeclarations(choice), ...(scaling === null ? [] : [scaleFunction])],
    code,
    elements: sizeOf(group.root.shape),
    workgroupSize: tileInvocations(choice),
    main: mainText(problem, choice, scaling),
    workgroups: tileCount(productsOf(problem), choice),
  })
}

/** Tiles in workgroup memory, what GPUs want. Operands are strided views on buffers of any element type. */
export const workgroup: Way<ContractProblem, SharedChoice> = {
  name: "workgroup",
  needs: ({ workgroupMemory = 0 }) => workgroupMemory > 0,
  takes: (problem) => isWideEnough(productsOf(problem)),
  numerics: sharedNumerics,
  candidates: ({ a, b }, facts) => fittingTiles([a, b], facts),
  cost: (problem, choice, model) => sharedSeconds(productsOf(problem), choice, model),
  write: (problem, choice, site) => [tiledKernel(problem, choice, site)],
}
