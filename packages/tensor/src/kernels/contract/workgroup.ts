import { call, statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import type { Tensor } from "../../graph.ts"
import { vectorLoad, vectorReads, withVectors } from "../emit/vectorReads.ts"
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

/** How operands are fetched: scaled or not, up to which depth, and which of them four rows (of the right one: columns) at a time. */
interface SideWords {
  readonly scaling?: Scaling | null
  readonly end?: string
  readonly vectors?: ReadonlySet<Tensor>
}

/** The axis along which an operand is fetched by four: where its depths are neighbours, none. */
const fetchedAlong = ({ view: { shape, strides } }: Operand, name: "left" | "right"): number | null => {
  const [rows, depth] = name === "left" ? [shape.length - 2, shape.length - 1] : [shape.length - 1, shape.length - 2]
  return strides[depth] === 1 ? null : rows
}

/** Operands that tiles fetch by vectors, beside what else the kernel's `code` reads of them. */
export const vectorSides = ({ a, b }: Pick<ContractProblem, "a" | "b">, code: string): ReadonlySet<Tensor> =>
  vectorReads(
    [
      [a, fetchedAlong(a, "left")],
      [b, fetchedAlong(b, "right")],
    ],
    code,
  )

const vectorSide = (side: SharedSide, operand: Operand, words: SideWords): SharedSide => {
  const [letter, extent] = side.name === "left" ? ["a", "m"] : ["b", "n"]
  const { scaling = null, end = "params.k" } = words
  const factor = scaling === null ? "1.0f" : `${scaling[side.name]}_scale`
  return {
    ...side,
    prepare: (i, first) => [statement`let ${letter}${i}_0 = ${letter}_start + min(${first}, params.${extent} - 4u);`],
    fetch: (i, k) => [
      [
        statement`var ${letter}${i} = vec4<f32>();`,
        statement`if (${k} < ${end}) { ${letter}${i} = ${vectorLoad(operand)}((${letter}${i}_0 + ${k} * params.${letter}_k) / 4u) * ${factor}; }`,
      ],
      `${letter}${i}`,
    ],
  }
}

const elementSide = (
  name: "left" | "right",
  operand: Operand,
  alongDepth: boolean,
  { scaling = null, end = "params.k" }: SideWords,
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

const side = (name: "left" | "right", operand: Operand, words: SideWords): SharedSide => {
  const plain = elementSide(name, operand, fetchedAlong(operand, name) === null, words)
  return words.vectors?.has(operand.base) === true ? vectorSide(plain, operand, words) : plain
}

/** Both operands, fetched as they lie; depths from `end` on count as 0. */
export const sidesOf = (
  { a, b }: Pick<ContractProblem, "a" | "b">,
  how: SideWords = {},
): readonly [SharedSide, SharedSide] => [side("left", a, how), side("right", b, how)]

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

const mainText = (
  { a, b, axes }: ContractProblem,
  choice: SharedChoice,
  scaling: Scaling | null,
  vectors: ReadonlySet<Tensor>,
): string => {
  const [left, right] = sidesOf({ a, b }, { scaling, vectors })
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
  const vectors = vectorSides(problem, code)
  return assembleKernel({
    label: labelOf(group),
    family: "contract",
    bindings: withVectors(bindings.entries, vectors),
    directives: sharedDirectives(choice),
    params: stridedParams(problem),
    functions: [...functions, sharedDeclarations(choice), ...(scaling === null ? [] : [scaleFunction])],
    code,
    elements: sizeOf(group.root.shape),
    workgroupSize: tileInvocations(choice),
    main: mainText(problem, choice, scaling, vectors),
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
