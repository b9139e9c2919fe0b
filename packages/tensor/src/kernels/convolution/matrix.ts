import { statement, wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import { lines } from "../emit/operand.ts"
import { scaleFunction, scaleLines } from "../emit/scale.ts"
import { elementTail, tailBeside } from "../emit/storedTail.ts"
import { labelOf } from "../emit/tail.ts"
import { matrixInvocations, matrixNumerics, matrixTileCount } from "../tiles/matrixChoice.ts"
import {
  matrixDeclarations,
  matrixDirectives,
  matrixStores,
  matrixSums,
  matrixTile,
  type MatrixTile,
} from "../tiles/matrixTile.ts"
import { multipliesMatrices, partedMatrices, partedSeconds, type PartedMatrix } from "../tiles/partedMatrix.ts"
import { joinKernel, operandEntries, readingSite, stretchOf, sumsOf } from "../tiles/parts.ts"
import { scaledSide, type SharedSide } from "../tiles/staging.ts"
import { insideOf, partTarget, storeUnscaled } from "../tiles/storeQuad.ts"
import { isWideEnough } from "../tiles/workgroupTile.ts"
import type { Site, Way } from "../way/way.ts"
import { productLines, productsOf, type GatheredProduct, type Gathering } from "./gathered.ts"
import { image, imageGradient, weights } from "./gatherings.ts"
import type { ConvolutionProblem } from "./problem.ts"

const sidesOf = ({ left, right }: GatheredProduct): readonly [SharedSide, SharedSide] => [
  scaledSide(left),
  scaledSide(right),
]

const storeText = (choice: PartedMatrix, tile: MatrixTile, storesVectors: boolean): string => {
  const target = partTarget({
    isWhole: choice.parts === 1,
    vector: storesVectors,
    inside: insideOf("params.rows", "params.columns"),
    at: wgsl`(product * params.rows + row) * params.columns + column`,
    before: wgsl`share * params.products * params.rows * params.columns`,
  })
  return matrixStores(tile, storeUnscaled(target))
}

const mainText = (
  convolved: GatheredProduct,
  choice: PartedMatrix,
  site: Site,
  tile: MatrixTile,
  storesVectors: boolean,
): string =>
  lines(
    statement`let row_tiles = (params.rows + ${choice.rows - 1}u) / ${choice.rows}u;`,
    statement`let column_tiles = (params.columns + ${choice.columns - 1}u) / ${choice.columns}u;`,
    "let tile = group / (row_tiles * column_tiles);",
    "let product = tile % params.products;",
    "let share = tile / params.products;",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (share >= params.parts) { return; }",
    productLines(convolved),
    statement`let first_left = group / column_tiles % row_tiles * ${choice.rows}u;`,
    statement`let first_right = group % column_tiles * ${choice.columns}u;`,
    // Stretches are whole steps of depth, so that only the last one's end lies within a step: that of the whole sum.
    "let k_begin = share * params.stretch;",
    "let k_end = min(k_begin + params.stretch, params.k);",
    scaleLines(site, 0, "right"),
    scaleLines(site, 1, "left"),
    matrixSums(tile, sidesOf(convolved), { begin: "k_begin", end: "k_end" }),
    storeText(choice, tile, storesVectors),
  )

const paramsOf = (convolved: GatheredProduct, choice: PartedMatrix): Readonly<Record<string, number>> => {
  const { params, rows, columns, depth, products } = convolved
  return { ...params, rows, columns, k: depth, products, parts: choice.parts, stretch: stretchOf(depth, choice) }
}

const tileKernel = (family: string, convolved: GatheredProduct, choice: PartedMatrix, site: Site): Kernel => {
  const { group, facts } = site
  const isWhole = choice.parts === 1
  const isVector = convolved.columns % 4 === 0
  const tail = isWhole ? (isVector ? tailBeside(site, convolved.operands) : elementTail(site)) : null
  const sums = sumsOf(productsOf(convolved), choice)
  const tile = matrixTile(choice, facts, sidesOf(convolved))
  return assembleKernel({
    label: isWhole ? labelOf(group) : `${labelOf(group)} (parts)`,
    family,
    bindings: tail?.entries ?? [
      ...operandEntries(convolved.operands, site),
      { buffer: sums, binding: { ...bindingFor(sums, "sums", "write", facts), vector: isVector } },
    ],
    directives: matrixDirectives(tile),
    params: paramsOf(convolved, choice),
    functions: [...(tail?.functions ?? []), scaleFunction, matrixDeclarations(tile)],
    code: tail?.code ?? "",
    elements: isWhole ? sizeOf(group.root.shape) : sums.size,
    workgroupSize: matrixInvocations(choice, facts.subgroupSize),
    main: mainText(convolved, choice, site, tile, tail?.vector ?? isVector),
    workgroups: matrixTileCount(productsOf(convolved), choice) * choice.parts,
  })
}

const matrixWay =
  (name: string, operands: PartedMatrix["operands"]) =>
  <Problem extends ConvolutionProblem>({
    family,
    problem: problemOf,
    describe,
  }: Gathering<Problem>): Way<Problem, PartedMatrix> => ({
    name,
    needs: multipliesMatrices,
    takes: (problem) =>
      isWideEnough(productsOf(describe(problem))) && problem.operands.every(({ computed }) => computed === undefined),
    numerics: matrixNumerics,
    scales: [0, 1],
    candidates: (problem, facts) => partedMatrices(operands, productsOf(describe(problem)), facts),
    cost: (problem, choice, model) => partedSeconds(productsOf(describe(problem)), choice, model),
    write: (problem, choice, site) => {
      const convolved = describe(problem)
      if (choice.parts === 1) return [tileKernel(family, convolved, choice, site)]
      const reading = readingSite(site)
      return [
        tileKernel(family, describe(problemOf(reading)), choice, reading),
        joinKernel(family, productsOf(convolved), choice, site),
      ]
    },
  })

const half = matrixWay("matrixHalf", "f16")
const split = matrixWay("matrixSplit", "split")

/** Implicit product by matrix units on operands scaled and rounded to f16; sums in f32. */
export const matrixHalf = half(image)
export const matrixHalfInput = half(imageGradient)
export const matrixHalfWeight = half(weights)

/** Implicit product by matrix units on f32 operands split into two f16 each, with f32's accuracy. */
export const matrixSplit = split(image)
export const matrixSplitInput = split(imageGradient)
export const matrixSplitWeight = split(weights)
