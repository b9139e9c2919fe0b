import type { KernelFacts } from "../../adapter/facts.ts"
import { statement, type Wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import type { Tensor } from "../../graph.ts"
import { withVectors } from "../emit/vectorReads.ts"
import { lines } from "../emit/operand.ts"
import { scaleFunction, scaleLines } from "../emit/scale.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import {
  matrixDeclarations,
  matrixDirectives,
  matrixInvocations,
  matrixNumerics,
  matrixStores,
  matrixSums,
  matrixTileCount,
} from "../tiles/matrixTile.ts"
import { joinKernel, operandEntries, readingSite, stretchOf, sumsOf } from "../tiles/parts.ts"
import { multipliesMatrices, partedMatrices, partedSeconds, type PartedMatrix } from "../tiles/partedMatrix.ts"
import { isWideEnough } from "../tiles/workgroupTile.ts"
import type { Site, Way } from "../way/way.ts"
import { batchOffsets, problemOf, stridedParams, type ContractProblem } from "./problem.ts"
import { productsOf, sidesOf, vectorSides } from "./workgroup.ts"

const scaling = { lines: [], left: "left", right: "right" } as const

const storeText = (choice: PartedMatrix, facts: KernelFacts): string => {
  const unscaled = (sum: Wgsl): string => statement`let value = ${sum} * left_unscale * right_unscale;`
  const whole = ["store_out(at, finish(at, value));"]
  const part = ["store_sums(part * params.batches * params.m * params.n + at, value);"]
  return matrixStores(choice, facts, (row, column, sum) => [
    statement`let row = ${row};`,
    statement`let column = ${column};`,
    "if (row < params.m && column < params.n) {",
    "let at = (batch * params.m + row) * params.n + column;",
    unscaled(sum),
    ...(choice.parts === 1 ? whole : part),
    "}",
  ])
}

const mainText = (problem: ContractProblem, choice: PartedMatrix, site: Site, vectors: ReadonlySet<Tensor>): string => {
  const [left, right] = sidesOf(problem, { scaling, end: "k_end", vectors })
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
    ...scaleLines(site, 0, "left"),
    ...scaleLines(site, 1, "right"),
    matrixSums(choice, left, right, site.facts, { begin: "k_begin", end: "k_end" }),
    storeText(choice, site.facts),
  )
}

const tileKernel = (problem: ContractProblem, choice: PartedMatrix, site: Site): Kernel => {
  const { group, bindings, facts } = site
  const isWhole = choice.parts === 1
  const { code, functions } = isWhole ? finishFunction(group, bindings) : { code: "", functions: [] }
  const sums = sumsOf(productsOf(problem), choice)
  const vectors = vectorSides(problem, code)
  return assembleKernel({
    label: isWhole ? labelOf(group) : `${labelOf(group)} (parts)`,
    family: "contract",
    bindings: withVectors(
      isWhole
        ? bindings.entries
        : [
            ...operandEntries([problem.a, problem.b], site),
            { buffer: sums, binding: bindingFor(sums, "sums", "write", facts) },
          ],
      vectors,
    ),
    directives: matrixDirectives(choice, facts),
    params: { ...stridedParams(problem), parts: choice.parts, stretch: stretchOf(problem.k, choice) },
    functions: [...functions, scaleFunction, matrixDeclarations(choice, facts)],
    code,
    elements: isWhole ? sizeOf(group.root.shape) : sums.size,
    workgroupSize: matrixInvocations(choice, facts.subgroupSize),
    main: mainText(problem, choice, site, vectors),
    workgroups: matrixTileCount(productsOf(problem), choice) * choice.parts,
  })
}

const partKernel = (choice: PartedMatrix, reading: Site): Kernel => tileKernel(problemOf(reading), choice, reading)

const matrixWay = (name: string, operands: PartedMatrix["operands"]): Way<ContractProblem, PartedMatrix> => ({
  name,
  needs: multipliesMatrices,
  takes: (problem) => isWideEnough(productsOf(problem)),
  numerics: matrixNumerics,
  scales: [0, 1],
  candidates: (problem, facts) => partedMatrices(operands, productsOf(problem), facts),
  cost: (problem, choice, model) => partedSeconds(productsOf(problem), choice, model),
  write: (problem, choice, site) =>
    choice.parts === 1
      ? [tileKernel(problem, choice, site)]
      : [partKernel(choice, readingSite(site)), joinKernel("contract", productsOf(problem), choice, site)],
})

/** Matrix units on operands scaled and rounded to f16; sums in f32. */
export const matrixHalf = matrixWay("matrixHalf", "f16")

/** Matrix units on f32 operands split into two f16 each: three products for one, with f32's accuracy. */
export const matrixSplit = matrixWay("matrixSplit", "split")
