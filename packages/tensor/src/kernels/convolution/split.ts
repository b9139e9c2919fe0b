import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { statement, wgsl } from "../../codegen/expression.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import { lines } from "../emit/operand.ts"
import { labelOf } from "../emit/tail.ts"
import {
  joinKernel,
  joinSeconds,
  operandEntries,
  readingSite,
  shortestStretch,
  stretchOf,
  sumsOf,
  usefulParts,
} from "../tiles/parts.ts"
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
import type { Site, Way } from "../way/way.ts"
import { productLines, productsOf, type GatheredProduct, type Gathering } from "./gathered.ts"
import { image, imageGradient, weights } from "./gatherings.ts"
import type { ConvolutionProblem } from "./problem.ts"

type SplitChoice = SharedChoice & {
  /** Workgroups that share the sum of a tile, each a stretch of it. */
  readonly parts: number
}

/** Whether rows of the result are whole vectors, so that sums are stored four at a time. */
const storesVectors = ({ columns }: GatheredProduct): boolean => columns % 4 === 0

const mainText = (convolved: GatheredProduct, choice: SplitChoice, facts: KernelFacts): string => {
  const target = {
    name: "sums",
    vector: storesVectors(convolved),
    inside: insideOf("params.rows", "params.columns"),
    at: wgsl`((share * params.products + product) * params.rows + row) * params.columns + column`,
  } as const
  return lines(
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
    sharedSums(choice, convolved.left, convolved.right, facts, { begin: "k_begin", end: "k_end" }),
    sharedStores(choice, (row, column, sums) => storeQuad(target, row, column, wgsl`${sums}`)),
  )
}

const partKernel = (family: string, convolved: GatheredProduct, choice: SplitChoice, site: Site): Kernel => {
  const { rows, columns, depth, products } = convolved
  const sums = sumsOf(productsOf(convolved), choice)
  return assembleKernel({
    label: `${labelOf(site.group)} (parts)`,
    family,
    bindings: [
      ...operandEntries(convolved.operands, site),
      { buffer: sums, binding: { ...bindingFor(sums, "sums", "write", site.facts), vector: storesVectors(convolved) } },
    ],
    directives: sharedDirectives(choice),
    params: {
      ...convolved.params,
      rows,
      columns,
      k: depth,
      products,
      parts: choice.parts,
      stretch: stretchOf(depth, choice),
    },
    functions: [sharedDeclarations(choice)],
    code: "",
    elements: sums.size,
    workgroupSize: tileInvocations(choice),
    main: mainText(convolved, choice, site.facts),
    workgroups: tileCount(productsOf(convolved), choice) * choice.parts,
  })
}

/**
 * Tiles in workgroup memory of a convolution or gradient, several workgroups to each: for few tiles whose sums are long, as those of a
 * weight's gradient over many images or of small images with many channels are. Each workgroup adds a stretch of the sum, and a second
 * kernel the stretches, in their order.
 */
const splitWay = <Problem extends ConvolutionProblem>({
  family,
  problem: problemOf,
  describe,
}: Gathering<Problem>): Way<Problem, SplitChoice> => ({
  name: "split",
  needs: ({ workgroupMemory = 0 }) => workgroupMemory > 0,
  takes: (problem, facts) => {
    const products = productsOf(describe(problem))
    const isStored = problem.operands.every(({ computed }) => computed === undefined)
    return isStored && isWorthTiles(products, facts) && products.depth >= 2 * shortestStretch
  },
  numerics: sharedNumerics,
  candidates: (problem, facts) => {
    const products = productsOf(describe(problem))
    return fittingTiles(problem.operands, facts).flatMap((tile) =>
      usefulParts(products, { least: 1, tiles: tileCount(products, tile) }, facts)
        .filter((parts) => parts > 1)
        .map((parts): SplitChoice => ({ ...tile, parts })),
    )
  },
  cost: (problem, choice, model) => {
    const { products, ...sizes } = productsOf(describe(problem))
    const parts = { ...sizes, products: products * choice.parts, depth: stretchOf(sizes.depth, choice) }
    return sharedSeconds(parts, choice, model) + joinSeconds({ products, ...sizes }, choice, model)
  },
  write: (problem, choice, site) => {
    const reading = readingSite(site)
    return [
      partKernel(family, describe(problemOf(reading)), choice, reading),
      joinKernel(family, productsOf(describe(problem)), choice, site),
    ]
  },
})

export const split = splitWay(image)
export const splitInput = splitWay(imageGradient)
export const splitWeight = splitWay(weights)
