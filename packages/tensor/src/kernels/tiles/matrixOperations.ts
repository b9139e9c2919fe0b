import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { call, statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
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
 * Operations on matrices of subgroups, as statements: by the adapter's matrix units, or written out. Sums pass through `sums_out`, in
 * which each subgroup has, from element `place` on, room for some matrices side by side.
 */
export interface MatrixOperations {
  readonly directives: readonly string[]
  readonly declarations: string
  /** `var <name>`: a matrix of zeros. */
  readonly zero: (name: string) => string
  /** Makes such a matrix zeros again. */
  readonly clear: (name: string) => string
  /** `let <name>`: the matrix whose first element is at `offset` of its place. */
  readonly load: (side: Side, half: Half, name: string, offset: Wgsl) => string
  /** `var <name>`: an operand's matrix to be loaded later. */
  readonly declare: (side: Side, name: string) => string
  /** Loads a declared matrix. */
  readonly reload: (side: Side, half: Half, name: string, offset: Wgsl) => string
  readonly multiplyAdd: (left: readonly [Half, string], right: readonly [Half, string], sum: string) => string
  /** Declares the memory that sums pass through, of so many elements. */
  readonly sums: (elements: number) => string
  /** Lays a matrix of sums into the subgroup's own place, from a column on. */
  readonly store: (sum: string, column: number) => string
  /** Four neighbours of a row of sums, by the number of their first one. */
  readonly quad: (at: Wgsl) => Wgsl
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

/** `<into> = …`: the matrix at a place. */
const readText = (
  text: MatrixText,
  side: Side,
  { array, order, pitch }: MatrixPlace,
  [half, name, offset]: readonly [Half, string, Wgsl],
  into: string,
): string =>
  lines(
    statement`let ${name}_at = (${offset}) / 4u;`,
    `${into} = ${text.load(side, order, `&${array(half)}`, `${name}_at`, `${pitch / 4}u`)};`,
  )

const byUnits = (text: MatrixText, places: MatrixPlaces, wide: number): MatrixOperations => ({
  directives: matrixPreamble.trimEnd().split("\n"),
  declarations: "",
  zero: (name) => `var ${name} = ${text.type("result")}();`,
  clear: (name) => `${name} = ${text.type("result")}();`,
  load: (side, half, name, offset) => readText(text, side, places[side], [half, name, offset], `let ${name}`),
  declare: (side, name) => `var ${name} = ${text.type(side)}();`,
  reload: (side, half, name, offset) => readText(text, side, places[side], [half, name, offset], name),
  multiplyAdd: ([, left], [, right], sum) => `${sum} = ${text.multiplyAdd(left, right, sum)};`,
  sums: (elements) => statement`var<workgroup> sums_out: array<vec4<f32>, ${elements / 4}>;`,
  store: (sum, column) =>
    lines(
      statement`{ let sums_at = (place + ${`${column}u`}) / 4u;`,
      text.store("row_major", "&sums_out", "sums_at", sum, `${wide / 4}u`) + "; }",
    ),
  quad: (at) => wgsl`sums_out[(${at}) / 4u]`,
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

const writtenOut = (
  shape: Extents,
  places: MatrixPlaces,
  size: number,
  { isSplit, wide }: { readonly isSplit: boolean; readonly wide: number },
): MatrixOperations => {
  const { m, n } = shape
  const type = `array<f32, ${(m * n) / size}>`
  return {
    directives: ["enable f16;"],
    declarations: lines(
      ...(isSplit ? halfPairs : halfPairs.slice(0, 1)).map(([left, right]) =>
        productFunction(left, right, shape, places, size),
      ),
    ),
    zero: (name) => `var ${name} = ${type}();`,
    clear: (name) => `${name} = ${type}();`,
    load: (_side, _half, name, offset) => statement`let ${name} = ${offset};`,
    declare: (_side, name) => `var ${name} = 0u;`,
    reload: (_side, _half, name, offset) => statement`${name} = ${offset};`,
    multiplyAdd: ([leftHalf, left], [rightHalf, right], sum) =>
      `${sum} = multiply_${leftHalf}_${rightHalf}(${left}, ${right}, ${sum}, own);`,
    // Invocations store elements of one vector side by side, which only an array of elements allows.
    sums: (elements) => statement`var<workgroup> sums_out: array<f32, ${elements}>;`,
    store: (sum, column) =>
      lines(
        statement`for (var i = 0u; i < ${(m * n) / size}u; i++) {`,
        statement`let e = own + i * ${size}u;`,
        statement`sums_out[place + e / ${n}u * ${wide}u + e % ${n}u + ${column}u] = ${sum}[i];`,
        "}",
      ),
    quad: (at) =>
      call(
        "vec4<f32>",
        [0, 1, 2, 3].map((e) => wgsl`sums_out[${at} + ${e}u]`),
      ),
  }
}

/**
 * Operations on matrices of a shape as the adapter has them, sums in places of `wide` columns. Where facts say that matrices are written out, the same places are read and
 * written without matrix units: what tests of tiles need on adapters that have none.
 */
export const matrixOperations = (
  choice: Extents & { readonly operands: "f16" | "split" },
  facts: KernelFacts,
  places: MatrixPlaces,
  wide: number,
): MatrixOperations => {
  const { m, n, k } = choice
  if (facts.writesMatricesOut === true)
    return writtenOut(choice, places, facts.subgroupSize, { isSplit: choice.operands === "split", wide })
  const shape = { m, n, k, operands: "f16", sums: "f32" } as const
  return byUnits(matrixText(shape, facts.matrixUnits!.spelling), places, wide)
}
