import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { statement, wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { withPrologue } from "../emit/computedOperand.ts"
import { lines } from "../emit/operand.ts"
import { elementTail, tailBeside } from "../emit/storedTail.ts"
import { labelOf } from "../emit/tail.ts"
import { insideOf, storeQuad } from "../tiles/storeQuad.ts"
import {
  fittingTiles,
  isWorthTiles,
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
import type { Way } from "../way/way.ts"
import { forward, inputGradient, productLines, productsOf, weightGradient, type GatheredProduct } from "./gathered.ts"
import type { ConvolutionProblem } from "./problem.ts"

const mainText = (
  convolved: GatheredProduct,
  choice: SharedChoice,
  facts: KernelFacts,
  storesVectors: boolean,
): string => {
  const target = {
    name: "out",
    vector: storesVectors,
    inside: insideOf("params.rows", "params.columns"),
    at: wgsl`(product * params.rows + row) * params.columns + column`,
  } as const
  return lines(
    statement`let row_tiles = (params.rows + ${choice.rows - 1}u) / ${choice.rows}u;`,
    statement`let column_tiles = (params.columns + ${choice.columns - 1}u) / ${choice.columns}u;`,
    "let product = group / (row_tiles * column_tiles);",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (product >= params.products) { return; }",
    productLines(convolved),
    statement`let first_left = group / column_tiles % row_tiles * ${choice.rows}u;`,
    statement`let first_right = group % column_tiles * ${choice.columns}u;`,
    sharedSums(choice, convolved.left, convolved.right, facts),
    sharedStores(choice, (row, column, sums) => storeQuad(target, row, column, wgsl`${sums}`)),
  )
}

/**
 * A convolution or gradient as matrix products whose operands are gathered from the image while tiles in workgroup memory are
 * filled (implicit GEMM), for adapters where that is fast memory.
 */
const gathering = <Problem extends ConvolutionProblem>(
  family: string,
  describe: (problem: Problem) => GatheredProduct,
): Way<Problem, SharedChoice> => ({
  name: "workgroup",
  needs: ({ workgroupMemory = 0 }) => workgroupMemory > 0,
  takes: (problem, facts) => isWorthTiles(productsOf(describe(problem)), facts),
  numerics: sharedNumerics,
  candidates: ({ operands }, facts) => fittingTiles(operands, facts),
  cost: (problem, choice, model) => sharedSeconds(productsOf(describe(problem)), choice, model),
  write: (problem, choice, site) => {
    const { group, facts } = site
    const product = describe(problem)
    const { rows, columns, depth, products, operands } = product
    const tail = columns % 4 === 0 ? tailBeside(site, operands) : elementTail(site)
    const { code, functions } = withPrologue(operands, tail)
    return [
      assembleKernel({
        label: labelOf(group),
        family,
        bindings: tail.entries,
        directives: sharedDirectives(choice),
        params: { ...product.params, rows, columns, k: depth, products },
        functions: [...functions, sharedDeclarations(choice)],
        code,
        elements: sizeOf(group.root.shape),
        workgroupSize: tileInvocations(choice),
        main: mainText(product, choice, facts, tail.vector),
        workgroups: tileCount(productsOf(product), choice),
      }),
    ]
  },
})

export const workgroup = gathering("conv2d", forward)
export const workgroupInput = gathering("conv2dInput", inputGradient)
export const workgroupWeight = gathering("conv2dWeight", weightGradient)
