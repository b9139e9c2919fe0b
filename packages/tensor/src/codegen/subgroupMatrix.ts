import type { MatrixShape, MatrixSpelling } from "../adapter/adapterFacts.ts"

/** Which part of a product a matrix is: [m, k] · [k, n] → [m, n]. */
export type MatrixSide = "left" | "right" | "result"

/** How a matrix lies in memory. */
export type MatrixOrder = "row_major" | "col_major"

/** Rows and columns of a side. */
export const extentsOf = ({ m, n, k }: MatrixShape, side: MatrixSide): readonly [rows: number, columns: number] =>
  side === "left" ? [m, k] : side === "right" ? [k, n] : [m, n]

/** What a shader must begin with to use subgroup matrices; control flow around them is the kernel's own, and uniform. */
export const matrixPreamble = `enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
diagnostic(off, chromium.subgroup_matrix_uniformity);
`

/** Operations on subgroup matrices as this implementation spells them. Offsets and strides count elements of the array. */
export interface MatrixText {
  readonly type: (side: MatrixSide) => string
  /** A matrix read from memory; `array` is a reference such as `&tile`. */
  readonly load: (side: MatrixSide, order: MatrixOrder, array: string, offset: string, stride: string) => string
  readonly store: (order: MatrixOrder, array: string, offset: string, matrix: string, stride: string) => string
  readonly multiplyAdd: (left: string, right: string, result: string) => string
}

/** The operations on matrices of one shape. */
export const matrixText = (shape: MatrixShape, { columnsFirst, orderInTemplate }: MatrixSpelling): MatrixText => {
  const type = (side: MatrixSide): string => {
    const [rows, columns] = extentsOf(shape, side)
    const number = side === "result" ? shape.sums : shape.operands
    return `subgroup_matrix_${side}<${number}, ${columnsFirst ? `${columns}, ${rows}` : `${rows}, ${columns}`}>`
  }
  const flag = (order: MatrixOrder): string => String(order === "col_major")
  return {
    type,
    load: (side, order, array, offset, stride) =>
      orderInTemplate
        ? `subgroupMatrixLoad<${type(side)}, ${order}>(${array}, ${offset}, ${stride})`
        : `subgroupMatrixLoad<${type(side)}>(${array}, ${offset}, ${flag(order)}, ${stride})`,
    store: (order, array, offset, matrix, stride) =>
      orderInTemplate
        ? `subgroupMatrixStore<${order}>(${array}, ${offset}, ${matrix}, ${stride})`
        : `subgroupMatrixStore(${array}, ${offset}, ${matrix}, ${flag(order)}, ${stride})`,
    multiplyAdd: (left, right, result) => `subgroupMatrixMultiplyAccumulate(${left}, ${right}, ${result})`,
  }
}

/** Spellings that implementations have used, the newest first. */
export const matrixSpellings: readonly MatrixSpelling[] = [
  { columnsFirst: true, orderInTemplate: true },
  { columnsFirst: false, orderInTemplate: true },
  { columnsFirst: true, orderInTemplate: false },
  { columnsFirst: false, orderInTemplate: false },
]

// No two extents are alike: a product of such types is refused where rows and columns are the wrong way round.
const uneven: MatrixShape = { m: 16, n: 8, k: 32, operands: "f16", sums: "f32" }

/** A module that an implementation accepts only if it spells matrices this way. */
export const spellingProbe = (spelling: MatrixSpelling): string => {
  const text = matrixText(uneven, spelling)
  return `${matrixPreamble}
@group(0) @binding(0) var<storage, read> a: array<f16>;
@group(0) @binding(1) var<storage, read_write> c: array<f32>;
@compute @workgroup_size(128)
fn main() {
  let left = ${text.load("left", "row_major", "&a", "0u", "32u")};
  let right = ${text.load("right", "col_major", "&a", "0u", "32u")};
  let sums = ${text.multiplyAdd("left", "right", `${text.type("result")}()`)};
  ${text.store("row_major", "&c", "0u", "sums", "8u")};
}`
}
