import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { CostModel } from "../../adapter/costModel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import { lines } from "../emit/operand.ts"
import { scaleFunction, scaleLines } from "../emit/scale.ts"
import { vectorReads, withVectors, type Reading } from "../emit/vectorReads.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import { multipliesMatrices } from "../tiles/partedMatrix.ts"
import { joinKernel, joinSeconds, operandEntries, readingSite, sumsOf } from "../tiles/parts.ts"
import { subgroupMatrices } from "../tiles/subgroupMatrices.ts"
import type { Products } from "../tiles/workgroupTile.ts"
import type { Site, Way } from "../way/way.ts"
import { declarations } from "./matrixMemory.ts"
import { type MatrixWriter, type Multiplied } from "./matrixRows.ts"
import {
  fetchesAhead,
  fittingMatrixTokens,
  holdsBothWeights,
  matrixBlockCount,
  matrixTokenSeconds,
  tokenInvocations,
  type MatrixProducts,
  type MatrixTokens,
} from "./matrixTile.ts"
import { attentionProblem, extentParams, floatParam, operandNames, type AttentionProblem } from "./problem.ts"
import { storeQuad, storeSums } from "./workgroupText.ts"

/** What differs between the passes. */
export interface MatrixPass {
  readonly products: (problem: AttentionProblem) => MatrixProducts
  readonly operands: Pick<MatrixWriter, "own" | "met" | "ownTokens" | "metTokens">
  readonly main: (writer: MatrixWriter) => string
  readonly params: (problem: AttentionProblem, choice: MatrixTokens, items: number) => Readonly<Record<string, number>>
  /** Further workgroup variables and functions. */
  readonly declare?: (writer: MatrixWriter) => readonly string[]
  /** In how many parts the others may be met: 1, and more where few own tokens leave an adapter idle. */
  readonly parts?: (problem: AttentionProblem, choice: MatrixTokens, facts: KernelFacts) => readonly number[]
}

const multipliedNames: readonly Multiplied[] = ["q", "k", "v", "upper"]

/** Operands that are scaled into f16's range, by their places among the op's inputs. */
const scaledBy = ({ operands: { own, met } }: MatrixPass): readonly number[] =>
  multipliedNames.filter((name) => own.includes(name) || met.includes(name)).map((name) => operandNames.indexOf(name))

const scalings = (pass: MatrixPass, site: Site): readonly string[] =>
  scaledBy(pass).flatMap((operand) => scaleLines(site, operand, operandNames[operand]!))

/** All of a result as one column, which is how parts of it are added. */
const columnOf = (site: Site): Products => ({
  rows: sizeOf(site.group.anchor!.shape),
  columns: 1,
  depth: 0,
  products: 1,
})

/** What is multiplied is read row by row, all else element by element. */
const readingsOf = (pass: MatrixPass, { operands }: AttentionProblem): readonly Reading[] =>
  operands.map((operand, i) => [operand, scaledBy(pass).includes(i) ? 3 : null])

const passKernel = (pass: MatrixPass, problem: AttentionProblem, choice: MatrixTokens, site: Site): Kernel => {
  const { group, bindings, facts } = site
  const isWhole = choice.parts === 1
  const matrices = subgroupMatrices(choice, facts)
  const invocations = tokenInvocations(choice, facts.subgroupSize)
  const workgroups = matrixBlockCount(pass.products(problem), choice)
  const { code, functions } = isWhole ? finishFunction(group, bindings) : { code: "", functions: [] }
  const sums = sumsOf(columnOf(site), choice)
  const vectors = vectorReads(readingsOf(pass, problem), code)
  const products = pass.products(problem)
  const writer: MatrixWriter = {
    problem,
    choice,
    matrices,
    subgroupSize: facts.subgroupSize,
    vectors,
    ahead: fetchesAhead(choice, products, facts.subgroupSize),
    weightPlaces: holdsBothWeights(choice, products, facts) ? 2 : 1,
    rolled: facts.writesMatricesOut === true,
    ...pass.operands,
  }
  return assembleKernel({
    label: isWhole ? labelOf(group) : `${labelOf(group)} (parts)`,
    family: group.anchor!.op.name,
    bindings: withVectors(
      isWhole
        ? bindings.entries
        : [
            ...operandEntries(problem.operands, site),
            { buffer: sums, binding: bindingFor(sums, "sums", "write", facts) },
          ],
      vectors,
    ),
    directives: matrices.directives,
    params: {
      ...extentParams(problem.shape, problem.attributes),
      scale: floatParam(problem.attributes.scale),
      parts: choice.parts,
      ...pass.params(problem, choice, workgroups * invocations),
    },
    functions: [
      ...functions,
      scaleFunction,
      isWhole ? storeQuad : storeSums,
      ...declarations(writer),
      ...(pass.declare?.(writer) ?? []),
    ],
    code,
    // The views leave no room for lifted numbers among the parameters.
    elements: Infinity,
    workgroupSize: invocations,
    main: lines(scalings(pass, site), pass.main(writer)),
    workgroups,
  })
}

const partedSeconds = (problem: AttentionProblem, { parts }: MatrixTokens, model: CostModel): number => {
  const { batch, heads, keys, width, depth } = problem.shape
  const rows = batch * heads * keys * (width + depth)
  return parts === 1 ? 0 : joinSeconds({ rows, columns: 1, depth: 0, products: 1 }, { parts, depth: 1 }, model)
}

/**
 * Attention on matrix units: scores are products of matrices, leave them through the memory for the softmax, and come back as
 * weights. Sums and the softmax are f32.
 */
export const onMatrices = (
  pass: MatrixPass,
  name: string,
  operands: MatrixTokens["operands"],
): Way<AttentionProblem, MatrixTokens> => ({
  name,
  needs: multipliesMatrices,
  takes: () => true,
  numerics: () => (operands === "split" ? "split" : "f16"),
  scales: scaledBy(pass),
  candidates: (problem, facts) => {
    const products = pass.products(problem)
    return fittingMatrixTokens(operands, products, facts).flatMap((choice) =>
      (pass.parts?.(problem, choice, facts) ?? [1]).map((parts) => ({ ...choice, parts })),
    )
  },
  cost: (problem, choice, model) =>
    matrixTokenSeconds(pass.products(problem), choice, model) + partedSeconds(problem, choice, model),
  write: (problem, choice, site) => {
    if (choice.parts === 1) return [passKernel(pass, problem, choice, site)]
    const reading = readingSite(site)
    return [
      passKernel(pass, attentionProblem(reading), choice, reading),
      joinKernel(site.group.anchor!.op.name, columnOf(site), { parts: choice.parts, depth: 1 }, site),
    ]
  },
})

/** Others that an invocation folds, and which of them its row does not see: each sees `span` of them, from `since` on. */
export const hiddenOf = (column: Wgsl): Wgsl =>
  wgsl`vec4<u32>(first + ${column}) + vec4<u32>(0u, 1u, 2u, 3u) - vec4<u32>(since) >= vec4<u32>(span)`

/** Factor that brings sums of q·k to scores whose powers of two are the weights. */
export const scoreScale = statement`let score_scale = q_unscale * k_unscale * (scale * 1.4426950408889634f);`
