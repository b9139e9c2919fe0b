import type { MatrixShape, MatrixSpelling } from "../../adapter/adapterFacts.ts"
import {
  extentsOf,
  matrixPreamble,
  matrixText,
  type MatrixOrder,
  type MatrixSide,
} from "../../codegen/subgroupMatrix.ts"

/** Where a test's operands are read from: a buffer by elements or by fours, or workgroup memory. */
export const homes = ["storage", "storage of vec4", "workgroup"] as const

export type Home = (typeof homes)[number]

const orders: readonly MatrixOrder[] = ["row_major", "col_major"]

/** A matrix within a buffer: element [r, c] lies at offset + r·rowStep + c·columnStep. */
export interface Placed {
  readonly side: MatrixSide
  readonly order: MatrixOrder
  readonly rows: number
  readonly columns: number
  readonly offset: number
  readonly stride: number
}

// Strides beyond the matrix and offsets beyond 0 show whether both are understood; 16 elements keep every alignment.
const slack = 16

const placedFrom = (shape: MatrixShape, side: MatrixSide, order: MatrixOrder, offset: number): Placed => {
  const [rows, columns] = extentsOf(shape, side)
  return { side, order, rows, columns, offset, stride: (order === "row_major" ? columns : rows) + slack }
}

const endOf = ({ offset, rows, columns, stride, order }: Placed): number =>
  offset + stride * (order === "row_major" ? rows : columns) + slack

/** Where element [row, column] lies. */
export const positionOf = ({ offset, stride, order }: Placed, row: number, column: number): number =>
  offset + (order === "row_major" ? row * stride + column : column * stride + row)

const inTurn = (shape: MatrixShape, parts: readonly (readonly [MatrixSide, MatrixOrder])[]): readonly Placed[] => {
  const placed: Placed[] = []
  for (const [side, order] of parts)
    placed.push(placedFrom(shape, side, order, placed.length === 0 ? slack : endOf(placed.at(-1)!)))
  return placed
}

/** Operands of a test: both sides in both orders, in one buffer. */
export const operandPlaces = (shape: MatrixShape): readonly Placed[] =>
  inTurn(shape, [
    ["left", "row_major"],
    ["left", "col_major"],
    ["right", "row_major"],
    ["right", "col_major"],
  ])

/** One product of a test: orders of both operands and of the result. */
export interface Variant {
  readonly left: Placed
  readonly right: Placed
  readonly result: Placed
}

/** All eight combinations of orders, results one after the other in one buffer. */
export const variantsOf = (shape: MatrixShape): readonly Variant[] => {
  const operands = operandPlaces(shape)
  const triples = orders.flatMap((left) => orders.flatMap((right) => orders.map((result) => ({ left, right, result }))))
  const results = inTurn(
    shape,
    triples.map(({ result }) => ["result", result] as const),
  )
  const find = (side: MatrixSide, order: MatrixOrder): Placed =>
    operands.find((each) => each.side === side && each.order === order)!
  return triples.map(({ left, right }, i) => ({
    left: find("left", left),
    right: find("right", right),
    result: results[i]!,
  }))
}

const sizeOfPlaces = (places: readonly Placed[]): number => Math.ceil(endOf(places.at(-1)!) / 4) * 4

export const operandElements = (shape: MatrixShape): number => sizeOfPlaces(operandPlaces(shape))

export const resultElements = (shape: MatrixShape): number =>
  sizeOfPlaces(variantsOf(shape).map(({ result }) => result))

const copyIn = (elements: number, invocations: number): string =>
  `for (var i = at; i < ${elements}u; i += ${invocations}u) { tile[i] = given[i]; }
  workgroupBarrier();`

/**
 * A shader of one workgroup that adds the product twice to what the results hold, in every combination of orders. Operands
 * come from `home`; results are read from and written to a buffer.
 */
export const productShader = (
  shape: MatrixShape,
  spelling: MatrixSpelling,
  home: Home,
  subgroupLargest: number,
): string => {
  const text = matrixText(shape, spelling)
  const elements = operandElements(shape)
  const packed = home === "storage of vec4" ? 4 : 1
  const array = home === "workgroup" ? "&tile" : "&given"
  const load = ({ side, order, offset, stride }: Placed): string =>
    text.load(side, order, array, `${offset / packed}u`, `${stride / packed}u`)
  const product = ({ left, right, result }: Variant, i: number): string => `
    let left${i} = ${load(left)};
    let right${i} = ${load(right)};
    var sums${i} = ${text.load("result", result.order, "&out", `${result.offset}u`, `${result.stride}u`)};
    sums${i} = ${text.multiplyAdd(`left${i}`, `right${i}`, `sums${i}`)};
    sums${i} = ${text.multiplyAdd(`left${i}`, `right${i}`, `sums${i}`)};
    ${text.store(result.order, "&out", `${result.offset}u`, `sums${i}`, `${result.stride}u`)};`
  const invocations = Math.max(32, subgroupLargest)
  return `${matrixPreamble}
@group(0) @binding(0) var<storage, read> given: array<${packed === 4 ? `vec4<${shape.operands}>` : shape.operands}>;
@group(0) @binding(1) var<storage, read_write> out: array<${shape.sums}>;
${home === "workgroup" ? `var<workgroup> tile: array<${shape.operands}, ${elements}>;` : ""}
@compute @workgroup_size(${invocations})
fn main(@builtin(local_invocation_index) at: u32, @builtin(subgroup_size) size: u32) {
  ${home === "workgroup" ? copyIn(elements, invocations) : ""}
  if (at < size) {${variantsOf(shape).map(product).join("")}
  }
}`
}
