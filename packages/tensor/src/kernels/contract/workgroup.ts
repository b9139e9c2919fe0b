import { call, statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import { lines, range, type Operand } from "../emit/operand.ts"
import { scaleFunction } from "../emit/scale.ts"
import { elementTail, tailBeside } from "../emit/storedTail.ts"
import { labelOf } from "../emit/tail.ts"
import { vectorLoad, vectorReads, withVectors } from "../emit/vectorReads.ts"
import { scaledSide, type SharedSide } from "../tiles/staging.ts"
import { insideOf, storeQuad } from "../tiles/storeQuad.ts"
import { countLines, orderParams, tileLines } from "../tiles/tileOrder.ts"
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
} from "../tiles/workgroupTile.ts"
import type { Site, Way } from "../way/way.ts"
import { batchOffsets, stridedParams, type ContractProblem } from "./problem.ts"

/** How operands are fetched: up to which depth, and which of them by vectors. */
interface SideWords {
  readonly end?: string
  /** Whether all steps of depth are whole, so that none reaches beyond the end. */
  readonly wholeSteps?: boolean
  readonly vectors?: ReadonlySet<Tensor>
}

/** The axes of an operand's rows (of the right one: columns) and depths. */
const axesOf = ({ view: { shape } }: Operand, name: "left" | "right"): readonly [rows: number, depths: number] =>
  name === "left" ? [shape.length - 2, shape.length - 1] : [shape.length - 1, shape.length - 2]

const isAlongDepth = (operand: Operand, name: "left" | "right"): boolean =>
  operand.view.strides[axesOf(operand, name)[1]] === 1

/** The axis along which an operand's neighbours are neighbours in memory. */
const vectorAxis = (operand: Operand, name: "left" | "right"): number => {
  const [rows, depths] = axesOf(operand, name)
  return isAlongDepth(operand, name) ? depths : rows
}

/** Operands that tiles fetch by vectors, beside what else the kernel's `code` reads of them. */
export const vectorSides = ({ a, b }: Pick<ContractProblem, "a" | "b">, code: string): ReadonlySet<Tensor> =>
  vectorReads(
    [
      [a, vectorAxis(a, "left")],
      [b, vectorAxis(b, "right")],
    ],
    code,
  )

/** Words of an operand in the shader: the letter of its parameters, its extent, and the strides of its rows and depths. */
const wordsOf = (name: "left" | "right") =>
  name === "left"
    ? ({ letter: "a", extent: "m", along: "a_m", deep: "a_k" } as const)
    : ({ letter: "b", extent: "n", along: "b_n", deep: "b_k" } as const)

const depthVectors = (name: "left" | "right", operand: Operand, condition: SideWords): SharedSide => {
  const { letter, extent, along } = wordsOf(name)
  return {
    name,
    vectors: "depths",
    alongDepth: true,
    prepare: (id, row, depth) => [
      statement`let ${letter}${id} = (${letter}_start + min(${row}, params.${extent} - 1u) * params.${along} + ${depth}) / 4u;`,
    ],
    fetch: (id, { depth, step }) => ({
      lines: [],
      values: wgsl`${vectorLoad(operand)}(${letter}${id} + ${step} / 4u)`,
      condition: beforeEnd(depth, condition),
    }),
  }
}

const rowVectors = (name: "left" | "right", operand: Operand, condition: SideWords): SharedSide => {
  const { letter, extent, deep } = wordsOf(name)
  return {
    name,
    vectors: "rows",
    alongDepth: false,
    prepare: (id, row, depth) => [
      statement`let ${letter}${id} = (${letter}_start + min(${row}, params.${extent} - 4u) + ${depth} * params.${deep}) / 4u;`,
    ],
    fetch: (id, { depth, step }) => ({
      lines: [],
      values: wgsl`${vectorLoad(operand)}(${letter}${id} + (${step}) * (params.${deep} / 4u))`,
      condition: beforeEnd(depth, condition),
    }),
  }
}

const beforeEnd = (depth: Wgsl, { end = "params.k", wholeSteps = false }: SideWords): Wgsl | null =>
  wholeSteps ? null : wgsl`${depth} < ${end}`

const elementSide = (name: "left" | "right", operand: Operand, words: SideWords): SharedSide => {
  const { letter, extent, along, deep } = wordsOf(name)
  return {
    name,
    vectors: null,
    alongDepth: isAlongDepth(operand, name),
    prepare: (id, row) =>
      range(4).map(
        (r) =>
          statement`let ${letter}${id}_${r} = ${letter}_start + min(${row} + ${r}u, params.${extent} - 1u) * params.${along};`,
      ),
    fetch: (id, { depth }) => {
      const values = range(4).map((r) => wgsl`${operand.load}(${letter}${id}_${r} + ${letter}${id}_at)`)
      return {
        lines: [statement`let ${letter}${id}_at = ${depth} * params.${deep};`],
        values: call("vec4<f32>", values),
        condition: beforeEnd(depth, words),
      }
    },
  }
}

const side = (name: "left" | "right", operand: Operand, words: SideWords): SharedSide => {
  if (words.vectors?.has(operand.base) !== true) return elementSide(name, operand, words)
  return (isAlongDepth(operand, name) ? depthVectors : rowVectors)(name, operand, words)
}

/** Both operands, fetched as they lie; depths from `end` on count as 0. */
export const sidesOf = (
  { a, b }: Pick<ContractProblem, "a" | "b">,
  how: SideWords = {},
): readonly [SharedSide, SharedSide] => [side("left", a, how), side("right", b, how)]

/** What a kernel of tiles does beside them: the scales of rounded operands, and how results are stored. */
interface Around {
  readonly scaling: readonly string[] | null
  readonly vectors: ReadonlySet<Tensor>
  readonly storesVectors: boolean
}

const mainText = (
  { a, b, k, axes }: ContractProblem,
  choice: SharedChoice,
  { facts }: Site,
  { scaling, vectors, storesVectors }: Around,
): string => {
  const sides = sidesOf({ a, b }, { vectors, wholeSteps: k % choice.depth === 0 })
  const [left, right] = scaling === null ? sides : ([scaledSide(sides[0]), scaledSide(sides[1])] as const)
  const target = {
    name: "out",
    vector: storesVectors,
    inside: insideOf("params.m", "params.n"),
    at: wgsl`(batch * params.m + row) * params.n + column`,
  } as const
  return lines(
    countLines(choice),
    "let batch = group / (row_tiles * column_tiles);",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (batch >= params.batches) { return; }",
    tileLines(choice, facts),
    "var a_start = params.a_offset;",
    "var b_start = params.b_offset;",
    batchOffsets(axes.length),
    scaling ?? [],
    sharedSums(choice, left, right, facts),
    sharedStores(choice, (row, column, sums) =>
      storeQuad(target, row, column, scaling === null ? wgsl`${sums}` : wgsl`${sums} * left_unscale * right_unscale`),
    ),
  )
}

export const productsOf = ({ m, n, k, batches }: ContractProblem): Products => ({
  rows: m,
  columns: n,
  depth: k,
  products: batches,
})

/** A contraction by tiles in workgroup memory; `scaling` names the scales of operands that are rounded. */
export const tiledKernel = (
  problem: ContractProblem,
  choice: SharedChoice,
  site: Site,
  scaling: readonly string[] | null = null,
): Kernel => {
  const { group } = site
  const operands = [problem.a, problem.b]
  const isVector = problem.n % 4 === 0
  const tail = isVector ? tailBeside(site, operands, (code) => vectorSides(problem, code)) : elementTail(site)
  const vectors = vectorSides(problem, tail.code)
  return assembleKernel({
    label: labelOf(group),
    family: "contract",
    bindings: withVectors(tail.entries, vectors),
    directives: sharedDirectives(choice),
    params: { ...stridedParams(problem), ...orderParams(productsOf(problem), choice, site.facts) },
    functions: [...tail.functions, sharedDeclarations(choice), ...(scaling === null ? [] : [scaleFunction])],
    code: tail.code,
    elements: sizeOf(group.root.shape),
    workgroupSize: tileInvocations(choice),
    main: mainText(problem, choice, site, { scaling, vectors, storesVectors: tail.vector }),
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
