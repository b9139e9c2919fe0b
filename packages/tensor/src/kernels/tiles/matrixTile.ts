import { filledSeconds, type CostModel } from "../../adapter/costModel.ts"
import { invocationsOf, workgroupMemoryOf, type KernelFacts } from "../../adapter/facts.ts"
import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import type { Numerics } from "../../precision/precision.ts"
import { lines, range } from "../emit/operand.ts"
import { upperFunction } from "../emit/scale.ts"
import { matrixOperations, tilePlaces, type Half, type MatrixOperations } from "./matrixOperations.ts"
import { fetchesOf, placeText, tileCount, type Products, type SharedSide } from "./workgroupTile.ts"

/**
 * Tile of a product that a workgroup computes by matrix units: `rows` by `columns` of the output, `depth` of the summed axis at a
 * time in workgroup memory as f16, `subRows` by `subColumns` to each subgroup, in matrices of `m`×`n`×`k`.
 */
export type MatrixChoice = {
  readonly rows: number
  readonly columns: number
  readonly depth: number
  readonly subRows: number
  readonly subColumns: number
  readonly m: number
  readonly n: number
  readonly k: number
  /** `f16`: operands rounded. `split`: f32 operands as two f16 each, three products instead of one. */
  readonly operands: "f16" | "split"
}

type Tile = Omit<MatrixChoice, "m" | "n" | "k" | "operands">

const tiles: readonly Tile[] = [
  { rows: 128, columns: 128, depth: 32, subRows: 64, subColumns: 32 },
  { rows: 128, columns: 64, depth: 32, subRows: 32, subColumns: 32 },
  { rows: 96, columns: 64, depth: 32, subRows: 32, subColumns: 32 },
  { rows: 64, columns: 64, depth: 32, subRows: 32, subColumns: 32 },
  { rows: 64, columns: 64, depth: 16, subRows: 32, subColumns: 16 },
  { rows: 32, columns: 64, depth: 32, subRows: 16, subColumns: 32 },
  { rows: 32, columns: 32, depth: 16, subRows: 16, subColumns: 16 },
]

const subgroupsOf = ({ rows, columns, subRows, subColumns }: Tile): number => (rows / subRows) * (columns / subColumns)

/** Invocations of a workgroup, given the size of a subgroup. */
export const matrixInvocations = (choice: Tile, subgroupSize: number): number => subgroupsOf(choice) * subgroupSize

export const halvesOf = ({ operands }: Pick<MatrixChoice, "operands">): readonly Half[] =>
  operands === "split" ? ["high", "low"] : ["high"]

// Rows of a tile lie apart by a little more than a power of two, so that they meet in different banks.
const padding = 8

/** Elements from one depth of a tile to the next. */
export const pitchOf = (extent: number): number => extent + padding

const bytesOf = (choice: MatrixChoice): number => {
  const { rows, columns, depth, m, n } = choice
  const operands = 2 * halvesOf(choice).length * depth * (pitchOf(rows) + pitchOf(columns))
  return operands + 4 * subgroupsOf(choice) * m * n
}

/** The largest matrices of f16 with sums in f32 that the adapter multiplies: one shape, or none. */
export const fittingMatrices = ({ matrixUnits }: KernelFacts): readonly Pick<MatrixChoice, "m" | "n" | "k">[] =>
  (matrixUnits?.shapes ?? [])
    .filter((shape) => shape.operands === "f16" && shape.sums === "f32")
    .toSorted((a, b) => b.m * b.n * b.k - a.m * a.n * a.k)
    .slice(0, 1)
    .map(({ m, n, k }) => ({ m, n, k }))

/** Tiles that the adapter's matrix units and limits allow. */
export const fittingMatrixTiles = (operands: MatrixChoice["operands"], facts: KernelFacts): readonly MatrixChoice[] =>
  fittingMatrices(facts)
    .flatMap((matrices) => tiles.map((tile): MatrixChoice => ({ ...tile, ...matrices, operands })))
    .filter(
      (choice) =>
        choice.subRows % choice.m === 0 &&
        choice.subColumns % choice.n === 0 &&
        choice.depth % choice.k === 0 &&
        matrixInvocations(choice, facts.subgroupSize) <= invocationsOf(facts) &&
        bytesOf(choice) <= workgroupMemoryOf(facts),
    )

export const matrixNumerics = ({ operands }: MatrixChoice): Numerics => (operands === "split" ? "split" : "f16")

// Loads of a step of depth beside its products.
const loadShare = ({ rows, columns }: Tile): number => (40 * (rows + columns)) / (rows * columns)

/** Seconds that such tiles are expected to take: those that hang over count whole, and few leave cores idle. */
export const matrixSeconds = (products: Products, choice: MatrixChoice, model: CostModel): number =>
  filledSeconds(model, choice.operands === "split" ? "matrixSplit" : "matrixHalf", {
    workgroups:
      Math.ceil(products.rows / choice.rows) * Math.ceil(products.columns / choice.columns) * products.products,
    flops: 2 * choice.rows * choice.columns * products.depth * (1 + loadShare(choice)) * 0.8,
  })

/** Workgroups that tile a product. */
export const matrixTileCount = (products: Products, { rows, columns }: Tile): number =>
  tileCount(products, { rows, columns } as Parameters<typeof tileCount>[1])

const extentOf = (choice: Tile, side: SharedSide["name"]): number => (side === "left" ? choice.rows : choice.columns)

/** Workgroup variables of a tile and the functions its operations need, to stand before the entry point. */
export const matrixDeclarations = (choice: MatrixChoice, facts: KernelFacts): string =>
  lines(
    ...(["left", "right"] as const).flatMap((side) =>
      halvesOf(choice).map(
        (half) =>
          statement`var<workgroup> ${side}_${half}: array<vec4<f16>, ${(choice.depth * pitchOf(extentOf(choice, side))) / 4}>;`,
      ),
    ),
    statement`var<workgroup> sums_out: array<f32, ${subgroupsOf(choice) * choice.m * choice.n}>;`,
    operationsOf(choice, facts).declarations,
    ...(choice.operands === "split" ? [upperFunction] : []),
  )

export const matrixDirectives = (choice: MatrixChoice, facts: KernelFacts): readonly string[] =>
  operationsOf(choice, facts).directives

const operationsOf = (choice: MatrixChoice, facts: KernelFacts): MatrixOperations =>
  matrixOperations(choice, facts, tilePlaces(pitchOf(choice.rows), pitchOf(choice.columns)))

const splitText = (side: SharedSide["name"], place: Wgsl, values: Wgsl, i: number): readonly string[] => [
  statement`let ${side}_whole${i} = ${values};`,
  statement`let ${side}_upper${i} = upper_of(${side}_whole${i});`,
  statement`${side}_high[${place}] = vec4<f16>(${side}_upper${i});`,
  statement`${side}_low[${place}] = vec4<f16>(${side}_whole${i} - ${side}_upper${i});`,
]

/** Statements for each fetch of an invocation, those that not all of them have under their condition. */
const eachFetch = (
  side: SharedSide,
  choice: MatrixChoice,
  subgroupSize: number,
  text: (i: number) => readonly string[],
): readonly string[] => {
  const fetches = fetchesOf(choice.depth, extentOf(choice, side.name), matrixInvocations(choice, subgroupSize))
  const units = fetches.quads * choice.depth
  return range(fetches.count).flatMap((i) =>
    (i + 1) * fetches.invocations <= units
      ? text(i)
      : [statement`if (lane + ${i * fetches.invocations}u < ${units}u) {`, ...text(i), "}"],
  )
}

const nextName = ({ name }: SharedSide, i: number): string => `${name}_next${i}`

const fetchText = (side: SharedSide, choice: MatrixChoice, subgroupSize: number): readonly string[] =>
  eachFetch(side, choice, subgroupSize, (i) => {
    const k = `${side.name}_k${i}`
    const [statements, values] = side.fetch(i, k)
    return [
      statement`let ${k} = k + ${side.name}_depth${i};`,
      ...statements,
      statement`${nextName(side, i)} = ${values};`,
    ]
  })

const fillText = (side: SharedSide, choice: MatrixChoice, subgroupSize: number): readonly string[] =>
  eachFetch(side, choice, subgroupSize, (i) => {
    const pitch = pitchOf(extentOf(choice, side.name)) / 4
    const place = wgsl`${side.name}_depth${i} * ${pitch}u + ${side.name}_quad${i}`
    const values = wgsl`${nextName(side, i)}`
    return choice.operands === "split"
      ? splitText(side.name, place, values, i)
      : [statement`${side.name}_high[${place}] = vec4<f16>(${values});`]
  })

const nextDeclarations = (side: SharedSide, choice: MatrixChoice, subgroupSize: number): readonly string[] => {
  const { count } = fetchesOf(choice.depth, extentOf(choice, side.name), matrixInvocations(choice, subgroupSize))
  return range(count).map((i) => statement`var ${nextName(side, i)} = vec4<f32>();`)
}

const sumName = (row: number, column: number): string => `s${row}_${column}`

/** Products of halves that are summed; that of both low ones is below what f32 holds. */
export const pairsOf = (choice: Pick<MatrixChoice, "operands">): readonly (readonly [Half, Half])[] =>
  choice.operands === "split"
    ? [
        ["low", "high"],
        ["high", "low"],
        ["high", "high"],
      ]
    : [["high", "high"]]

const stepText = (choice: MatrixChoice, operations: MatrixOperations): readonly string[] => {
  const [inRows, inColumns] = [range(choice.subRows / choice.m), range(choice.subColumns / choice.n)]
  const halves = halvesOf(choice)
  return [
    statement`for (var d = 0u; d < ${choice.depth}u; d += ${choice.k}u) {`,
    ...inRows.flatMap((row) =>
      halves.map((half) =>
        operations.load(
          "left",
          half,
          `l${row}_${half}`,
          wgsl`d * ${pitchOf(choice.rows)}u + own_row + ${row * choice.m}u`,
        ),
      ),
    ),
    ...inColumns.flatMap((column) => [
      "{",
      ...halves.map((half) =>
        operations.load(
          "right",
          half,
          `r_${half}`,
          wgsl`d * ${pitchOf(choice.columns)}u + own_column + ${column * choice.n}u`,
        ),
      ),
      ...pairsOf(choice).flatMap(([left, right]) =>
        inRows.map((row) =>
          operations.multiplyAdd([left, `l${row}_${left}`], [right, `r_${right}`], sumName(row, column)),
        ),
      ),
      "}",
    ]),
    "}",
  ]
}

/**
 * Sums of a tile of Σk left[row, k]·right[k, column] in matrices `s<row>_<column>` of each subgroup, given `first_left` and
 * `first_right`, the tile's first row and column; `matrixStores` walks them. The sum runs over depths from `begin` to `end`, which
 * all invocations of a workgroup agree on; all of them must reach it.
 */
export const matrixSums = (
  choice: MatrixChoice,
  left: SharedSide,
  right: SharedSide,
  facts: KernelFacts,
  { begin, end }: { readonly begin: string; readonly end: string },
): string => {
  const operations = operationsOf(choice, facts)
  const size = facts.subgroupSize
  const invocations = matrixInvocations(choice, size)
  const across = choice.columns / choice.subColumns
  return lines(
    statement`let subgroup = lane / ${size}u;`,
    statement`let own = lane % ${size}u;`,
    statement`let own_row = subgroup / ${across}u * ${choice.subRows}u;`,
    statement`let own_column = subgroup % ${across}u * ${choice.subColumns}u;`,
    placeText(left, fetchesOf(choice.depth, choice.rows, invocations)),
    placeText(right, fetchesOf(choice.depth, choice.columns, invocations)),
    ...range(choice.subRows / choice.m).flatMap((row) =>
      range(choice.subColumns / choice.n).map((column) => operations.zero(sumName(row, column))),
    ),
    nextDeclarations(left, choice, size),
    nextDeclarations(right, choice, size),
    statement`for (var k = ${begin}; ; k += ${choice.depth}u) {`,
    // The next step's values are on their way while the last one's are multiplied.
    statement`let is_more = k < ${end};`,
    "if (is_more) {",
    fetchText(left, choice, size),
    fetchText(right, choice, size),
    "}",
    statement`if (k > ${begin}) {`,
    stepText(choice, operations),
    "}",
    "if (!is_more) { break; }",
    "workgroupBarrier();",
    fillText(left, choice, size),
    fillText(right, choice, size),
    "workgroupBarrier();",
    "}",
  )
}

/**
 * Statements for each element of the output: its row, its column, and the expression of its sum. Matrices pass through memory one
 * after the other, since their elements have no names.
 */
export const matrixStores = (
  choice: MatrixChoice,
  facts: KernelFacts,
  store: (row: Wgsl, column: Wgsl, sum: Wgsl) => readonly string[],
): string => {
  const { m, n } = choice
  const operations = operationsOf(choice, facts)
  return lines(
    statement`let place = subgroup * ${m * n}u;`,
    ...range(choice.subRows / m).flatMap((row) =>
      range(choice.subColumns / n).map((column) =>
        lines(
          operations.store(sumName(row, column)),
          "workgroupBarrier();",
          statement`for (var e = own; e < ${m * n}u; e += ${facts.subgroupSize}u) {`,
          ...store(
            wgsl`first_left + own_row + ${row * m}u + e / ${n}u`,
            wgsl`first_right + own_column + ${column * n}u + e % ${n}u`,
            wgsl`sums_out[place + e]`,
          ),
          "}",
          "workgroupBarrier();",
        ),
      ),
    ),
  )
}
