import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { call, statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { matrixPreamble, matrixText, type MatrixOrder, type MatrixText } from "../../codegen/subgroupMatrix.ts"
import { lines, range } from "../emit/operand.ts"
import type { Extents, Half } from "./matrixOperations.ts"

/** Memory of a workgroup in which matrices lie, with so many elements from one row to the next: a multiple of four. */
export interface MatrixMemory {
  readonly name: string
  readonly pitch: number
}

/** A right operand: the memory it lies in, and how. The left ones and sums lie row by row. */
export interface RightPlace {
  readonly memory: MatrixMemory
  readonly order: MatrixOrder
}

/** A left operand: the variable that names it, and the memory it was read from. */
export interface Left {
  readonly name: string
  readonly memory: MatrixMemory
}

/** A right operand: the variable that names it, and where it was read. */
export interface Right {
  readonly name: string
  readonly place: RightPlace
}

/** All memory that operands of a kernel are loaded from, and the left ones that it keeps. */
export interface MatrixOperands {
  readonly lefts: readonly MatrixMemory[]
  readonly rights: readonly RightPlace[]
  readonly kept: readonly string[]
  readonly subgroups: number
  /** Memory that sums are stored to. */
  readonly sums: readonly MatrixMemory[]
}

/**
 * Operations on matrices of subgroups that lie anywhere in a workgroup's memory, as statements: by the adapter's matrix units, or
 * written out. Operands lie in arrays `vec4<f16>`, sums in arrays declared by `sumsMemory`; places count elements and are multiples of
 * four. `subgroup` and `own` number a subgroup and an invocation in it.
 */
export interface SubgroupMatrices {
  readonly directives: readonly string[]
  /** Functions that the operations call. */
  readonly declarations: (operands: MatrixOperands) => string
  readonly sumsMemory: (name: string, elements: number) => string
  /** Four neighbouring elements of a memory of sums. */
  readonly quad: (name: string, at: Wgsl) => Wgsl
  readonly setQuad: (name: string, at: Wgsl, value: Wgsl) => string
  /** `var <name>`: a left matrix that outlives the memory it comes from. A barrier must follow `keep`. */
  readonly declareKept: (name: string) => string
  readonly keep: (name: string, memory: MatrixMemory, at: Wgsl) => string
  /** How `multiplyAdd` is given a kept matrix. */
  readonly kept: (name: string) => Left
  /** `<name>`: the matrix at a place. */
  readonly left: (left: Left, at: Wgsl) => string
  readonly right: (right: Right, at: Wgsl) => string
  /** `var <name>`: a matrix of zeros. */
  readonly zero: (name: string) => string
  readonly multiplyAdd: (left: Left, right: Right, sum: string) => string
  readonly store: (sum: string, memory: MatrixMemory, at: Wgsl) => string
  readonly reload: (sum: string, memory: MatrixMemory, at: Wgsl) => string
}

const inQuads = ({ pitch }: MatrixMemory): string => `${pitch / 4}u`

const byUnits = (text: MatrixText): SubgroupMatrices => {
  const load = (
    side: "left" | "right" | "result",
    order: MatrixOrder,
    memory: MatrixMemory,
    at: Wgsl,
    use: (matrix: string) => string,
  ): string =>
    lines(
      statement`let ${memory.name}_at${side} = ${at} / 4u;`,
      use(text.load(side, order, `&${memory.name}`, `${memory.name}_at${side}`, inQuads(memory))),
    )
  const inBlock = (body: string): string => `{ ${body} }`
  return {
    directives: matrixPreamble.trimEnd().split("\n"),
    declarations: () => "",
    sumsMemory: (name, elements) => statement`var<workgroup> ${name}: array<vec4<f32>, ${elements / 4}>;`,
    quad: (name, at) => wgsl`${name}[${at} / 4u]`,
    setQuad: (name, at, value) => statement`${name}[${at} / 4u] = ${value};`,
    declareKept: (name) => `var ${name} = ${text.type("left")}();`,
    keep: (name, memory, at) => inBlock(load("left", "row_major", memory, at, (matrix) => `${name} = ${matrix};`)),
    kept: (name) => ({ name, memory: { name, pitch: 0 } }),
    left: ({ name, memory }, at) =>
      lines(
        statement`let ${name}_at = ${at} / 4u;`,
        `let ${name} = ${text.load("left", "row_major", `&${memory.name}`, `${name}_at`, inQuads(memory))};`,
      ),
    right: ({ name, place: { memory, order } }, at) =>
      lines(
        statement`let ${name}_at = ${at} / 4u;`,
        `let ${name} = ${text.load("right", order, `&${memory.name}`, `${name}_at`, inQuads(memory))};`,
      ),
    zero: (name) => `var ${name} = ${text.type("result")}();`,
    multiplyAdd: (left, right, sum) => `${sum} = ${text.multiplyAdd(left.name, right.name, sum)};`,
    store: (sum, memory, at) =>
      inBlock(
        lines(
          statement`let ${memory.name}_to = ${at} / 4u;`,
          `${text.store("row_major", `&${memory.name}`, `${memory.name}_to`, sum, inQuads(memory))};`,
        ),
      ),
    reload: (sum, memory, at) => inBlock(load("result", "row_major", memory, at, (matrix) => `${sum} = ${matrix};`)),
  }
}

/** Where kept matrices lie when they are written out: one for each subgroup, kept matrix by kept matrix. */
const keptMemory = "kept"

const components = [..."xyzw"]

/**
 * Which sums of a product an invocation of a subgroup holds when it is written out: neighbouring ones of one row, in a `Sums` of vectors.
 * Indices of vectors and of arrays of its own that are no constants come out wrong on some software adapters.
 */
interface Share {
  readonly extents: Extents
  /** Invocations of the subgroup. */
  readonly size: number
  /** Numbers of the vectors, each of `width` sums. */
  readonly vectors: readonly number[]
  readonly width: number
  /** WGSL type of a vector. */
  readonly type: string
  /** Where the first sum lies in the product. */
  readonly row: Wgsl
  readonly column: Wgsl
}

const shareOf = (extents: Extents, size: number): Share => {
  const { m, n } = extents
  const each = (m * n) / size
  const width = Math.min(4, each)
  return {
    extents,
    size,
    vectors: range(each / width),
    width,
    type: `vec${width}<f32>`,
    row: wgsl`own * ${each}u / ${n}u`,
    column: wgsl`own * ${each}u % ${n}u`,
  }
}

const keptPlace = ({ extents }: Share): MatrixMemory => ({ name: keptMemory, pitch: extents.k })

const vectorAt = (name: string, at: Wgsl): Wgsl => wgsl`vec4<f32>(${name}[${at}])`

/** Adds the products of component `d` of a left vector and the right matrix's row that it meets to vector `i` of the sums. */
const addAlongRow = ({ width, column }: Share, memory: MatrixMemory, d: number, i: number): string => {
  const at = wgsl`(r + (x * 4u + ${d}u) * ${memory.pitch}u + ${column} + ${i * width}u) / 4u`
  const quad = vectorAt(memory.name, at)
  const part = width === 4 ? quad : wgsl`select(${quad}.xy, ${quad}.zw, (${column} & 2u) == 2u)`
  return statement`(*sums).part${i} += left.${components[d]!} * ${part};`
}

/** Adds the dot products of a left vector and the right matrix's columns to vector `i` of the sums. */
const addAlongColumns = ({ width, type, column }: Share, memory: MatrixMemory, i: number): string => {
  const dots = range(width).map((e) => {
    const at = wgsl`(r + (${column} + ${i * width + e}u) * ${memory.pitch}u) / 4u + x`
    return wgsl`dot(left, ${vectorAt(memory.name, at)})`
  })
  return statement`(*sums).part${i} += ${call(type, dots)};`
}

const multiplyName = (left: string, { memory: { name }, order }: RightPlace): string =>
  `multiply_${left}_${name}_${order}`

// The loop ends where compilers cannot tell: unrolled it takes them minutes.
const multiplyFunction = (share: Share, left: MatrixMemory, { memory, order }: RightPlace): string =>
  lines(
    `fn ${multiplyName(left.name, { memory, order })}(l: u32, r: u32, sums: ptr<function, Sums>, own: u32) {`,
    statement`for (var x = 0u; x < ${share.extents.k / 4}u + (own >> 16u); x++) {`,
    statement`let left = ${vectorAt(left.name, wgsl`(l + ${share.row} * ${left.pitch}u) / 4u + x`)};`,
    order === "row_major"
      ? range(4).flatMap((d) => share.vectors.map((i) => addAlongRow(share, memory, d, i)))
      : share.vectors.map((i) => addAlongColumns(share, memory, i)),
    "}",
    "}",
  )

/** Copies a left matrix to where it is kept: quads of rows of k, one after the other. */
const keepFunction = ({ extents: { m, k }, size }: Share, { name, pitch }: MatrixMemory): string =>
  lines(
    `fn keep_${name}(start: u32, to: u32, own: u32) {`,
    statement`for (var e = own; e < ${(m * k) / 4}u; e += ${size}u) {`,
    statement`let at = start + e * 4u / ${k}u * ${pitch}u + e * 4u % ${k}u;`,
    statement`${keptMemory}[to / 4u + e] = ${name}[at / 4u];`,
    "}",
    "}",
  )

/** Stores an invocation's sums in a memory, and takes them from it. */
const sumsFunctions = ({ vectors, width, row, column }: Share, { name, pitch }: MatrixMemory): readonly string[] => {
  const eachSum = (text: (vector: string, component: string, i: number) => string): readonly string[] =>
    vectors.flatMap((v) => range(width).map((c) => text(`part${v}`, components[c]!, v * width + c)))
  const first = wgsl`at + ${row} * ${pitch}u + ${column}`
  const start = statement`let start = ${first};`
  return [
    `fn put_${name}_sums(at: u32, sums: Sums, own: u32) {`,
    start,
    ...eachSum((v, c, i) => statement`${name}[start + ${i}u] = sums.${v}.${c};`),
    "}",
    `fn take_${name}_sums(at: u32, sums: ptr<function, Sums>, own: u32) {`,
    start,
    ...eachSum((v, c, i) => statement`(*sums).${v}.${c} = ${name}[start + ${i}u];`),
    "}",
  ]
}

const keptText = (share: Share, { lefts, rights, kept, subgroups }: MatrixOperands): readonly string[] => {
  const { m, k } = share.extents
  if (kept.length === 0) return []
  return [
    statement`var<workgroup> ${keptMemory}: array<vec4<f16>, ${(kept.length * subgroups * m * k) / 4}>;`,
    ...kept.map((name, i) => statement`const slot_${name} = ${i * subgroups * m * k}u;`),
    ...lefts.map((left) => keepFunction(share, left)),
    ...rights.map((right) => multiplyFunction(share, keptPlace(share), right)),
  ]
}

const declarationsText = (share: Share, operands: MatrixOperands): string =>
  lines(
    `struct Sums { ${share.vectors.map((i) => `part${i}: ${share.type}`).join(", ")} }`,
    ...keptText(share, operands),
    ...operands.lefts.flatMap((left) => operands.rights.map((right) => multiplyFunction(share, left, right))),
    ...operands.sums.flatMap((memory) => sumsFunctions(share, memory)),
  )

const storeQuadText = (name: string, at: Wgsl, value: Wgsl): string =>
  lines(
    "{",
    statement`let quad_at = ${at};`,
    statement`let quad_value = ${value};`,
    ...components.map((c, i) => statement`${name}[quad_at + ${i}u] = quad_value.${c};`),
    "}",
  )

/** Operations without matrix units, by functions in which each invocation computes its share of the sums. */
const writtenOut = (share: Share): SubgroupMatrices => {
  const { m, k } = share.extents
  return {
    directives: ["enable f16;", "enable subgroups;"],
    declarations: (operands) => declarationsText(share, operands),
    sumsMemory: (name, elements) => statement`var<workgroup> ${name}: array<f32, ${elements}>;`,
    quad: (name, at) => wgsl`vec4<f32>(${name}[${at}], ${name}[${at} + 1u], ${name}[${at} + 2u], ${name}[${at} + 3u])`,
    setQuad: storeQuadText,
    declareKept: (name) => statement`let ${name} = slot_${name} + subgroup * ${m * k}u;`,
    keep: (name, memory, at) => statement`keep_${memory.name}(${at}, ${name}, own);`,
    kept: (name) => ({ name, memory: keptPlace(share) }),
    left: ({ name }, at) => statement`let ${name} = ${at};`,
    right: ({ name }, at) => statement`let ${name} = ${at};`,
    zero: (name) => `var ${name} = Sums();`,
    multiplyAdd: (left, right, sum) =>
      `${multiplyName(left.memory.name, right.place)}(${left.name}, ${right.name}, &${sum}, own);`,
    store: (sum, memory, at) => statement`put_${memory.name}_sums(${at}, ${sum}, own);`,
    reload: (sum, memory, at) =>
      lines(statement`let ${sum}_at = ${at};`, `take_${memory.name}_sums(${sum}_at, &${sum}, own);`),
  }
}

/** Operations on matrices of a shape as the adapter has them, or written out where facts say so: the same places are read and written. */
export const subgroupMatrices = (shape: Extents, facts: KernelFacts): SubgroupMatrices =>
  facts.writesMatricesOut === true
    ? writtenOut(shareOf(shape, facts.subgroupSize))
    : byUnits(matrixText({ ...pick(shape), operands: "f16", sums: "f32" }, facts.matrixUnits!.spelling))

const pick = ({ m, n, k }: Extents): Extents => ({ m, n, k })

/** The names of a memory's halves. */
export const halfOf = ({ name, pitch }: MatrixMemory, half: Half): MatrixMemory => ({ name: `${name}_${half}`, pitch })
