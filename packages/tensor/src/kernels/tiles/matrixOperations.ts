import type { KernelFacts } from "../../adapter/facts.ts"
import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { matrixPreamble, matrixText, type MatrixOrder, type MatrixText } from "../../codegen/subgroupMatrix.ts"
import { lines } from "../emit/operand.ts"

/** Which part of an operand's numbers a tile holds: the upper bits, or what they leave. */
export type Half = "high" | "low"

type Side = "left" | "right"

/** The shape of matrices that a kernel multiplies. */
export interface Extents {
  readonly m: number
  readonly n: number
  readonly k: number
}

/**
 * Operations on matrices of subgroups, as statements: by the adapter's matrix units, or written out. Sums pass through `sums_out`, a
 * matrix for each subgroup from `place` on.
 */
export interface MatrixOperations {
  readonly directives: readonly string[]
  readonly declarations: string
  /** `var <name>`: a matrix of zeros. */
  readonly zero: (name: string) => string
  /** `let <name>`: the matrix whose first element is at `offset` of its place. */
  readonly load: (side: Side, half: Half, name: string, offset: Wgsl) => string
  readonly multiplyAdd: (left: readonly [Half, string], right: readonly [Half, string], sum: string) => string
  /** Lays a matrix of sums into the subgroup's own place, row by row. */
  readonly store: (sum: string) => string
}

/** Where the matrices of a side lie: in which arrays of `vec4<f16>`, in which order, and how many elements apart rows or columns are. */
export interface MatrixPlace {
  readonly array: (half: Half) => string
  readonly order: MatrixOrder
  readonly pitch: number
}

/** Where both operands lie. */
export interface MatrixPlaces {
  readonly left: MatrixPlace
  readonly right: MatrixPlace
}

/**
 * Tiles in workgroup memory, depth by depth: neighbouring rows of the left one together, neighbouring columns of the right one, in
 * `left_high`, `left_low`, `right_high`, `right_low`.
 */
export const tilePlaces = (leftPitch: number, rightPitch: number): MatrixPlaces => ({
  left: { array: (half) => `left_${half}`, order: "col_major", pitch: leftPitch },
  right: { array: (half) => `right_${half}`, order: "row_major", pitch: rightPitch },
})

const byUnits = (text: MatrixText, { n }: Extents, places: MatrixPlaces): MatrixOperations => ({
  directives: matrixPreamble.trimEnd().split("\n"),
  declarations: "",
  zero: (name) => `var ${name} = ${text.type("result")}();`,
  load: (side, half, name, offset) => {
    const { array, order, pitch } = places[side]
    const loaded = text.load(side, order, `&${array(half)}`, `${name}_at`, `${pitch / 4}u`)
    return lines(statement`let ${name}_at = (${offset}) / 4u;`, `let ${name} = ${loaded};`)
  },
  multiplyAdd: ([, left], [, right], sum) => `${sum} = ${text.multiplyAdd(left, right, sum)};`,
  store: (sum) => text.store("row_major", "&sums_out", "place", sum, `${n}u`) + ";",
})

const elementText = (
  { array, order, pitch }: MatrixPlace,
  half: Half,
  from: string,
  row: string,
  column: string,
): Wgsl => {
  const [apart, next] = order === "row_major" ? [row, column] : [column, row]
  const offset = wgsl`${from} + ${apart} * ${pitch}u + ${next}`
  return wgsl`f32(${array(half)}[(${offset}) / 4u][(${offset}) % 4u])`
}

// Each invocation computes every so many-th element of a matrix, from the same places as matrix units read.
const productFunction = (left: Half, right: Half, { m, n, k }: Extents, places: MatrixPlaces, size: number): string =>
  lines(
    `fn multiply_${left}_${right}(l: u32, r: u32, sums: array<f32, ${(m * n) / size}>, own: u32) -> array<f32, ${(m * n) / size}> {`,
    "var result = sums;",
    statement`for (var i = 0u; i < ${(m * n) / size}u; i++) {`,
    statement`let row = (own + i * ${size}u) / ${n}u;`,
    statement`let column = (own + i * ${size}u) % ${n}u;`,
    "var sum = 0.0f;",
    statement`for (var d = 0u; d < ${k}u; d++) {`,
    statement`sum += ${elementText(places.left, left, "l", "row", "d")} * ${elementText(places.right, right, "r", "d", "column")};`,
    "}",
    "result[i] += sum;",
    "}",
    "return result;",
    "}",
  )

const halfPairs: readonly (readonly [Half, Half])[] = [
  ["high", "high"],
  ["low", "high"],
  ["high", "low"],
]

const writtenOut = (shape: Extents, places: MatrixPlaces, size: number, isSplit: boolean): MatrixOperations => {
  const type = `array<f32, ${(shape.m * shape.n) / size}>`
  return {
    directives: ["enable f16;"],
    declarations: lines(
      ...(isSplit ? halfPairs : halfPairs.slice(0, 1)).map(([left, right]) =>
        productFunction(left, right, shape, places, size),
      ),
    ),
    zero: (name) => `var ${name} = ${type}();`,
    load: (_side, _half, name, offset) => statement`let ${name} = ${offset};`,
    multiplyAdd: ([leftHalf, left], [rightHalf, right], sum) =>
      `${sum} = multiply_${leftHalf}_${rightHalf}(${left}, ${right}, ${sum}, own);`,
    store: (sum) =>
      lines(
        statement`for (var i = 0u; i < ${(shape.m * shape.n) / size}u; i++) {`,
        statement`sums_out[place + own + i * ${size}u] = ${sum}[i];`,
        "}",
      ),
  }
}

/**
 * Operations on matrices of a shape as the adapter has them. Where facts say that matrices are written out, the same places are read and
 * written without matrix units: what tests of tiles need on adapters that have none.
 */
export const matrixOperations = (
  choice: Extents & { readonly operands: "f16" | "split" },
  facts: KernelFacts,
  places: MatrixPlaces,
): MatrixOperations => {
  const { m, n, k } = choice
  if (facts.writesMatricesOut === true)
    return writtenOut(choice, places, facts.subgroupSize, choice.operands === "split")
  const shape = { m, n, k, operands: "f16", sums: "f32" } as const
  return byUnits(matrixText(shape, facts.matrixUnits!.spelling), choice, places)
}
