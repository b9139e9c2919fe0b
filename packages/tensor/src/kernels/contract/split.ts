import type { CostModel } from "../../adapter/costModel.ts"
import { statement, type Wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel, type Scratch } from "../dispatch/kernel.ts"
import { lines } from "../emit/operand.ts"
import { bindGroup, finishFunction, labelOf } from "../emit/tail.ts"
import { tailEntries } from "../emit/tailEntries.ts"
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
  type SharedChoice,
} from "../tiles/workgroupTile.ts"
import type { Site, Way } from "../way/way.ts"
import { batchOffsets, problemOf, stridedParams, type ContractProblem } from "./problem.ts"
import { productsOf, sidesOf } from "./workgroup.ts"

type SplitChoice = SharedChoice & {
  /** Workgroups that share the sum of a tile, each a stretch of it. */
  readonly parts: number
}

const joinSize = 64

/** Shorter stretches spend more on storing and adding their sums than they save. */
const shortestStretch = 128

/** More workgroups than this fill any adapter. */
const mostWorkgroups = 4096

/** Depths of a part: whole steps, so that no two parts meet in one. */
const stretchOf = (k: number, { parts, depth }: SplitChoice): number => Math.ceil(k / parts / depth) * depth

const sumsOf = ({ m, n, batches }: ContractProblem, { parts }: SplitChoice): Scratch => ({
  scratch: 0,
  dtype: "f32",
  size: m * n * batches * parts,
})

const storeSums = (row: Wgsl, column: Wgsl, sums: string): readonly string[] => [
  "{",
  statement`let row = ${row};`,
  statement`let column = ${column};`,
  "let at = ((part * params.batches + batch) * params.m + row) * params.n + column;",
  ...[..."xyzw"].map(
    (c, j) => statement`if (row < params.m && column + ${j}u < params.n) { store_sums(at + ${j}u, ${sums}.${c}); }`,
  ),
  "}",
]

const partText = (problem: ContractProblem, choice: SplitChoice): string => {
  const [left, right] = sidesOf(problem, { end: "k_end" })
  return lines(
    statement`let row_tiles = (params.m + ${choice.rows - 1}u) / ${choice.rows}u;`,
    statement`let column_tiles = (params.n + ${choice.columns - 1}u) / ${choice.columns}u;`,
    "let product = group / (row_tiles * column_tiles);",
    "let batch = product % params.batches;",
    "let part = product / params.batches;",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (part >= params.parts) { return; }",
    statement`let first_left = group / column_tiles % row_tiles * ${choice.rows}u;`,
    statement`let first_right = group % column_tiles * ${choice.columns}u;`,
    "let k_begin = part * params.stretch;",
    "let k_end = min(k_begin + params.stretch, params.k);",
    "var a_start = params.a_offset;",
    "var b_start = params.b_offset;",
    batchOffsets(problem.axes.length),
    sharedSums(choice, left, right, { begin: "k_begin", end: "k_end" }),
    sharedStores(choice, storeSums),
  )
}

const partKernel = (problem: ContractProblem, choice: SplitChoice, { group, bindings, facts }: Site): Kernel => {
  const sums = sumsOf(problem, choice)
  const operands = new Set([problem.a.base, problem.b.base])
  return assembleKernel({
    label: `${labelOf(group)} (parts)`,
    family: "contract",
    bindings: [
      ...bindings.entries.filter(({ buffer, binding }) => binding.access === "read" && operands.has(buffer as never)),
      { buffer: sums, binding: bindingFor(sums, "sums", "write", facts) },
    ],
    directives: sharedDirectives(choice),
    params: { ...stridedParams(problem), parts: choice.parts, stretch: stretchOf(problem.k, choice) },
    functions: [sharedDeclarations(choice)],
    code: "",
    elements: sums.size,
    workgroupSize: tileInvocations(choice),
    main: partText(problem, choice),
    workgroups: tileCount(productsOf(problem), choice) * choice.parts,
  })
}

// Parts are added in their order, so that every run gives the same bits.
const joinKernel = (problem: ContractProblem, choice: SplitChoice, { group, bindings, facts }: Site): Kernel => {
  const { code, functions } = finishFunction(group, bindings)
  const sums = sumsOf(problem, choice)
  const size = problem.m * problem.n * problem.batches
  return assembleKernel({
    label: labelOf(group),
    family: "contract",
    bindings: [
      { buffer: sums, binding: bindingFor(sums, "sums", "read", facts) },
      ...tailEntries(group, bindings, code, false).entries,
    ],
    params: { size, parts: choice.parts },
    functions,
    code,
    elements: sizeOf(group.root.shape),
    workgroupSize: joinSize,
    main: lines(
      statement`let at = group * ${joinSize}u + lane;`,
      "if (at >= params.size) { return; }",
      "var sum = 0.0f;",
      "for (var part = 0u; part < params.parts; part++) { sum += load_sums(part * params.size + at); }",
      "store_out(at, finish(at, sum));",
    ),
    workgroups: Math.ceil(size / joinSize),
  })
}

// Sums are written once and read once.
const joinSeconds = (problem: ContractProblem, choice: SplitChoice, { dispatch, bytes }: CostModel): number =>
  dispatch + (8 * sumsOf(problem, choice).size) / bytes

/**
 * Tiles in workgroup memory, several workgroups to each: for results too small to fill an adapter whose sums are long. Each adds a
 * stretch of the sum, and a second kernel the stretches, in their order.
 */
export const split: Way<ContractProblem, SplitChoice> = {
  name: "split",
  needs: ({ workgroupMemory = 0 }) => workgroupMemory > 0,
  takes: (problem) => isWideEnough(productsOf(problem)) && problem.k >= 2 * shortestStretch,
  numerics: sharedNumerics,
  candidates: (problem, facts) =>
    fittingTiles([problem.a, problem.b], facts).flatMap((tile) =>
      [2, 4, 8, 16]
        .map((parts): SplitChoice => ({ ...tile, parts }))
        .filter(
          (choice) =>
            problem.k >= choice.parts * shortestStretch &&
            tileCount(productsOf(problem), choice) * choice.parts <= mostWorkgroups &&
            4 * sumsOf(problem, choice).size <= facts.bindingBytes,
        ),
    ),
  cost: (problem, choice, model) => {
    const { products, ...sizes } = productsOf(problem)
    const parts = { ...sizes, products: products * choice.parts, depth: stretchOf(problem.k, choice) }
    return sharedSeconds(parts, choice, model) + joinSeconds(problem, choice, model)
  },
  write: (_problem, choice, site) => {
    // The first kernel stores no result, so that it reads a buffer which the result takes over like any other.
    const reading = { ...site, inPlace: null, bindings: bindGroup(site.group, site.facts, null) }
    const problem = problemOf(reading)
    return [partKernel(problem, choice, reading), joinKernel(problem, choice, site)]
  },
}
