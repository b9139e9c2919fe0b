import { wgsl } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import { lines, type Operand } from "../emit/operand.ts"
import { scaleFunction, scaleLines } from "../emit/scale.ts"
import { elementTail, tailBeside, type StoredTail } from "../emit/storedTail.ts"
import { labelOf } from "../emit/tail.ts"
import { withVectors } from "../emit/vectorReads.ts"
import { matrixInvocations, matrixNumerics, matrixTileCount } from "../tiles/matrixChoice.ts"
import {
  matrixDeclarations,
  matrixDirectives,
  matrixStores,
  matrixSums,
  matrixTile,
  type MatrixTile,
} from "../tiles/matrixTile.ts"
import { joinKernel, operandEntries, readingSite, stretchOf, sumsOf } from "../tiles/parts.ts"
import { multipliesMatrices, partedMatrices, partedSeconds, type PartedMatrix } from "../tiles/partedMatrix.ts"
import { scaledSide, type SharedSide } from "../tiles/staging.ts"
import { insideOf, partTarget, storeUnscaled } from "../tiles/storeQuad.ts"
import { countLines, orderParams, tileLines } from "../tiles/tileOrder.ts"
import { isWideEnough } from "../tiles/workgroupTile.ts"
import type { Site, Way } from "../way/way.ts"
import {
  fragmentParams,
  isPackedChoice,
  packedOperand,
  packWeight,
  weightEntry,
  weightFragments,
} from "./packWeight.ts"
import { batchOffsets, problemOf, stridedParams, type ContractProblem } from "./problem.ts"
import { productsOf, sidesOf, vectorSides } from "./workgroup.ts"

interface Written {
  readonly problem: ContractProblem
  readonly choice: PartedMatrix
  readonly site: Site
  readonly vectors: ReadonlySet<Tensor>
  /** Whether results are stored four at a time. */
  readonly storesVectors: boolean
}

const sidesFor = ({ problem, choice, vectors }: Written): readonly [SharedSide, SharedSide] => {
  const [left, right] = sidesOf(problem, { end: "k_end", vectors, wholeSteps: problem.k % choice.depth === 0 })
  return [scaledSide(left), scaledSide(right)]
}

const storeText = ({ choice, storesVectors }: Written, tile: MatrixTile): string => {
  const target = partTarget({
    isWhole: choice.parts === 1,
    vector: storesVectors,
    inside: insideOf("params.m", "params.n"),
    at: wgsl`(batch * params.m + row) * params.n + column`,
    before: wgsl`part * params.batches * params.m * params.n`,
  })
  return matrixStores(tile, storeUnscaled(target))
}

const mainText = (written: Written, tile: MatrixTile): string => {
  const { problem, choice, site } = written
  return lines(
    countLines(choice),
    "let product = group / (row_tiles * column_tiles);",
    "let batch = product % params.batches;",
    "let part = product / params.batches;",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (part >= params.parts) { return; }",
    tileLines(choice, site.facts),
    "let k_begin = part * params.stretch;",
    "let k_end = min(k_begin + params.stretch, params.k);",
    "var a_start = params.a_offset;",
    "var b_start = params.b_offset;",
    batchOffsets(problem.axes.length),
    ...scaleLines(site, 0, "left"),
    ...scaleLines(site, 1, "right"),
    matrixSums(tile, sidesFor(written), { begin: "k_begin", end: "k_end" }),
    storeText(written, tile),
  )
}

const noTail = { vector: true, code: "", functions: new Set<string>(), entries: [] } as const

/** Operands that tiles fetch: those that do not come packed. */
const fetchedOperands = ({ a, b }: ContractProblem, { packed }: PartedMatrix): readonly Operand[] =>
  packed === "left" ? [b] : packed === "right" ? [a] : [a, b]

/** The bindings of a tile's kernel: the packed operand in the place of the one that it was packed from, which only a tail may read. */
const withPacked = (
  problem: ContractProblem,
  choice: PartedMatrix,
  { facts }: Site,
  { entries, code }: Pick<StoredTail, "entries" | "code">,
): Kernel["bindings"] => {
  if (!isPackedChoice(choice)) return entries
  const { base } = packedOperand(problem, choice)
  const isRead = ({ buffer, binding }: Kernel["bindings"][number]): boolean =>
    binding.access !== "read" || buffer !== base || new RegExp(`\\bload4?_${binding.name}\\(`).test(code)
  return [...entries.filter(isRead), weightEntry(problem, choice, facts)]
}

const tileKernel = (problem: ContractProblem, choice: PartedMatrix, site: Site): Kernel => {
  const { group, facts } = site
  const isWhole = choice.parts === 1
  const operands = fetchedOperands(problem, choice)
  const isVector = problem.n % 4 === 0
  const tail = !isWhole
    ? { ...noTail, vector: isVector }
    : isVector
      ? tailBeside(site, operands, (code) => vectorSides(problem, code))
      : elementTail(site)
  const sums = sumsOf(productsOf(problem), choice)
  const vectors = vectorSides(problem, tail.code)
  const written = { problem, choice, site, vectors, storesVectors: tail.vector }
  const fragments = isPackedChoice(choice) ? weightFragments(problem, choice) : undefined
  const tile = matrixTile(choice, facts, sidesFor(written), fragments)
  const entries = isWhole
    ? tail.entries
    : [
        ...operandEntries([problem.a, problem.b], site),
        { buffer: sums, binding: { ...bindingFor(sums, "sums", "write", facts), vector: isVector } },
      ]
  return assembleKernel({
    label: isWhole ? labelOf(group) : `${labelOf(group)} (parts)`,
    family: "contract",
    bindings: withVectors(withPacked(problem, choice, site, { entries, code: tail.code }), vectors),
    directives: matrixDirectives(tile),
    params: {
      ...stridedParams(problem),
      ...orderParams(productsOf(problem), choice, facts),
      ...(isPackedChoice(choice) ? fragmentParams(problem, choice) : {}),
      parts: choice.parts,
      stretch: stretchOf(problem.k, choice),
    },
    functions: [...tail.functions, scaleFunction, matrixDeclarations(tile)],
    code: tail.code,
    elements: isWhole ? sizeOf(group.root.shape) : sums.size,
    workgroupSize: matrixInvocations(choice, facts.subgroupSize),
    main: mainText(written, tile),
    workgroups: matrixTileCount(productsOf(problem), choice) * choice.parts,
  })
}

/** The dispatches of a product: what packs an operand, what multiplies, and what adds parts of sums, as far as there are such. */
export const matrixKernels = (problem: ContractProblem, choice: PartedMatrix, site: Site): readonly Kernel[] => {
  const reading = readingSite(site)
  const read = problemOf(reading)
  return [
    ...(isPackedChoice(choice) ? [packWeight(read, choice, reading)] : []),
    ...(choice.parts === 1
      ? [tileKernel(problem, choice, site)]
      : [tileKernel(read, choice, reading), joinKernel("contract", productsOf(problem), choice, site)]),
  ]
}

const matrixWay = (name: string, operands: PartedMatrix["operands"]): Way<ContractProblem, PartedMatrix> => ({
  name,
  needs: multipliesMatrices,
  takes: (problem) => isWideEnough(productsOf(problem)),
  numerics: matrixNumerics,
  scales: [0, 1],
  candidates: (problem, facts) => partedMatrices(operands, productsOf(problem), facts),
  cost: (problem, choice, model) => partedSeconds(productsOf(problem), choice, model),
  write: matrixKernels,
})

/** Matrix units on operands scaled and rounded to f16; sums in f32. */
export const matrixHalf = matrixWay("matrixHalf", "f16")

/** Matrix units on f32 operands split into two f16 each: three products for one, with f32's accuracy. */
export const matrixSplit = matrixWay("matrixSplit", "split")
