import { wgsl } from "../../codegen/expression.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { withVectors } from "../emit/vectorReads.ts"
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
import { countLines, orderParams, tileLines } from "../tiles/tileOrder.ts"
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
import { batchOffsets, problemOf, stridedParams, type ContractProblem } from "./problem.ts"
import { productsOf, sidesOf, vectorSides } from "./workgroup.ts"

type SplitChoice = SharedChoice & {
  /** Workgroups that share the sum of a tile, each a stretch of it. */
  readonly parts: number
}

const partText = (
  problem: ContractProblem,
  choice: SplitChoice,
  facts: KernelFacts,
  vectors: ReadonlySet<Tensor>,
): string => {
  const [left, right] = sidesOf(problem, { end: "k_end", vectors, wholeSteps: problem.k % choice.depth === 0 })
  const target = {
    name: "sums",
    vector: storesVectors(problem),
    inside: insideOf("params.m", "params.n"),
    at: wgsl`((part * params.batches + batch) * params.m + row) * params.n + column`,
  } as const
  return lines(
    countLines(choice),
    "let product = group / (row_tiles * column_tiles);",
    "let batch = product % params.batches;",
    "let part = product / params.batches;",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (part >= params.parts) { return; }",
    tileLines(choice, facts),
    "let k_begin = part * params.stretch;",
    "let k_end = min(k_begin + params.stretch, params.k);",
    "var a_start = params.a_offset;",
    "var b_start = params.b_offset;",
    batchOffsets(problem.axes.length),
    sharedSums(choice, left, right, facts, { begin: "k_begin", end: "k_end" }),
    sharedStores(choice, (row, column, sums) => storeQuad(target, row, column, wgsl`${sums}`)),
  )
}

/** Whether rows of the result are whole vectors, so that sums are stored four at a time. */
const storesVectors = ({ n }: ContractProblem): boolean => n % 4 === 0

const partKernel = (problem: ContractProblem, choice: SplitChoice, site: Site): Kernel => {
  const { group, facts } = site
  const sums = sumsOf(productsOf(problem), choice)
  const vectors = vectorSides(problem, "")
  return assembleKernel({
    label: `${labelOf(group)} (parts)`,
    family: "contract",
    bindings: [
      ...withVectors(operandEntries([problem.a, problem.b], site), vectors),
      { buffer: sums, binding: { ...bindingFor(sums, "sums", "write", facts), vector: storesVectors(problem) } },
    ],
    directives: sharedDirectives(choice),
    params: {
      ...stridedParams(problem),
      ...orderParams(productsOf(problem), choice, facts),
      parts: choice.parts,
      stretch: stretchOf(problem.k, choice),
    },
    functions: [sharedDeclarations(choice)],
    code: "",
    elements: sums.size,
    workgroupSize: tileInvocations(choice),
    main: partText(problem, choice, facts, vectors),
    workgroups: tileCount(productsOf(problem), choice) * choice.parts,
  })
}

/**
 * Tiles in workgroup memory, several workgroups to each: for results too small to fill an adapter whose sums are long. Each adds a
 * stretch of the sum, and a second kernel the stretches, in their order.
 */
export const split: Way<ContractProblem, SplitChoice> = {
  name: "split",
  needs: ({ workgroupMemory = 0 }) => workgroupMemory > 0,
  takes: (problem, facts) => isWorthTiles(productsOf(problem), facts) && problem.k >= 2 * shortestStretch,
  numerics: sharedNumerics,
  candidates: (problem, facts) =>
    fittingTiles([problem.a, problem.b], facts).flatMap((tile) =>
      usefulParts(productsOf(problem), { least: 1, tiles: tileCount(productsOf(problem), tile) }, facts)
        .filter((parts) => parts > 1)
        .map((parts): SplitChoice => ({ ...tile, parts })),
    ),
  cost: (problem, choice, model) => {
    const { products, ...sizes } = productsOf(problem)
    const parts = { ...sizes, products: products * choice.parts, depth: stretchOf(problem.k, choice) }
    return sharedSeconds(parts, choice, model) + joinSeconds(productsOf(problem), choice, model)
  },
  write: (_problem, choice, site) => {
    const reading = readingSite(site)
    const problem = problemOf(reading)
    return [partKernel(problem, choice, reading), joinKernel("contract", productsOf(problem), choice, site)]
  },
}
