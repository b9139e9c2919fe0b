import { call, statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { lines, range } from "../emit/operand.ts"
import { operandNames, type AttentionProblem } from "./problem.ts"
import { appliedTogether, layoutOf, stretch, type SharedTokens } from "./workgroupTile.ts"

type Name = (typeof operandNames)[number]

/** Tokens of one kind: how many there are, and the variable that names the first at hand. */
export interface Tokens {
  readonly count: string
  readonly first: string
}

/** The text of a kernel's parts, for one problem and choice. */
export interface Writer {
  readonly problem: AttentionProblem
  readonly choice: SharedTokens
}

const components = [..."xyzw"]

export const rowQuads = ({ choice }: Writer): readonly number[] => range(choice.held / 4)

export const columnQuads = ({ choice }: Writer): readonly number[] => range(choice.columns / choice.others)

const loadOf = ({ problem }: Writer, name: Name): string => problem.operands[operandNames.indexOf(name)]!.load

const isAlongWidth = ({ problem }: Writer, name: Name): boolean =>
  problem.operands[operandNames.indexOf(name)]!.view.strides[3] === 1

/** Stores the first `count` of four neighbouring elements of the result. */
export const storeQuad = lines(
  "fn store_quad(at: u32, count: u32, values: vec4<f32>) {",
  "for (var i = 0u; i < min(count, 4u); i++) { store_out(at + i, finish(at + i, values[i])); }",
  "}",
)

/** The same into the sums of a part. */
export const storeSums = storeQuad.replace(
  "store_out(at + i, finish(at + i, values[i]))",
  "store_sums(at + i, values[i])",
)

export const declarations = ({ choice }: Writer): readonly string[] => {
  const { tile, weights } = layoutOf(choice)
  return [
    statement`var<workgroup> tile: array<vec4<f32>, ${tile}>;`,
    statement`var<workgroup> weights: array<vec4<f32>, ${weights}>;`,
    storeQuad,
  ]
}

/** Which rows, columns and head a workgroup computes, and which of them each invocation. */
export const placeText = ({ choice }: Writer, rows: string, width: Part): readonly string[] => {
  const { otherQuads: others } = layoutOf(choice)
  return [
    statement`let row_tiles = (${rows} + ${choice.rows - 1}u) / ${choice.rows}u;`,
    statement`let column_blocks = (${width} + ${choice.columns - 1}u) / ${choice.columns}u;`,
    statement`let first_row = group % row_tiles * ${choice.rows}u;`,
    statement`let first_column = group / row_tiles % column_blocks * ${choice.columns}u;`,
    "let head = group / (row_tiles * column_blocks);",
    "let h = head % params.heads;",
    "let b = head / params.heads;",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (b >= params.batch) { return; }",
    statement`let own_row = lane / ${others}u;`,
    statement`let own_other = lane % ${others}u;`,
    "let scale = bitcast<f32>(params.scale);",
  ]
}

export const startsText = (names: readonly Name[]): readonly string[] =>
  names.map(
    (name) => statement`let ${name}_start = params.${name}_offset + b * params.${name}_b + h * params.${name}_h;`,
  )

/** Rows of quad `h` that an invocation holds: the first one's position. */
export const rowOf = ({ choice }: Writer, h: number): Wgsl =>
  wgsl`first_row + (own_row + ${h * layoutOf(choice).rowLanes}u) * 4u`

/** Four neighbouring tokens at each of `stretch` elements from `c` on; elements beyond the width are 0, tokens beyond the last repeat it. */
const fillTokens = (
  writer: Writer,
  name: Name,
  { count, first }: Tokens,
  quads: number,
  offset: number,
  width: string,
): readonly string[] => {
  const load = loadOf(writer, name)
  const { invocations } = layoutOf(writer.choice)
  const place = isAlongWidth(writer, name)
    ? [statement`let d = e % ${stretch}u;`, statement`let quad = e / ${stretch}u;`]
    : [statement`let d = e / ${quads}u;`, statement`let quad = e % ${quads}u;`]
  return [
    statement`for (var e = lane; e < ${stretch * quads}u; e += ${invocations}u) {`,
    ...place,
    "var values = vec4<f32>();",
    statement`if (c + d < ${width}) {`,
    statement`let token = ${first} + quad * 4u;`,
    statement`let across = ${name}_start + (c + d) * params.${name}_w;`,
    statement`values = ${call(
      "vec4<f32>",
      range(4).map((i) => wgsl`${load}(across + min(token + ${i}u, ${count} - 1u) * params.${name}_t)`),
    )};`,
    "}",
    statement`tile[${offset}u + d * ${quads + 1}u + quad] = values;`,
    "}",
  ]
}

/** `<sums><j>_<h>` = Σ own[row, …]·met[other j, …], a vector of the four rows of quad h. */
export const scoresText = (
  writer: Writer,
  sums: string,
  own: readonly [Name, Tokens],
  met: readonly [Name, Tokens],
  width: string,
): readonly string[] => {
  const { rowQuads: rows, otherQuads, rowLanes, rowStride, otherStride } = layoutOf(writer.choice)
  const offset = stretch * rowStride
  return [
    ...rowQuads(writer).flatMap((h) => range(4).map((j) => statement`var ${sums}${j}_${h} = vec4<f32>();`)),
    statement`for (var c = 0u; c < ${width}; c += ${stretch}u) {`,
    ...fillTokens(writer, ...own, rows, 0, width),
    ...fillTokens(writer, ...met, otherQuads, offset, width),
    "workgroupBarrier();",
    statement`for (var d = 0u; d < ${stretch}u; d++) {`,
    statement`let other = tile[${offset}u + d * ${otherStride}u + own_other];`,
    ...rowQuads(writer).flatMap((h) => [
      statement`let rows${h} = tile[d * ${rowStride}u + own_row + ${h * rowLanes}u];`,
      ...components.map(
        (part, j) => statement`${sums}${j}_${h} = fma(vec4<f32>(other.${part}), rows${h}, ${sums}${j}_${h});`,
      ),
    ]),
    "}",
    "workgroupBarrier();",
    "}",
  ]
}

/** Puts weights of all rows and others into the memory. Whoever reads them must meet a barrier first. */
export const weightsText = (writer: Writer, names: string): readonly string[] => {
  const { rowQuads: rows, rowLanes } = layoutOf(writer.choice)
  return rowQuads(writer).flatMap((h) =>
    range(4).map(
      (j) => statement`weights[(own_other * 4u + ${j}u) * ${rows}u + own_row + ${h * rowLanes}u] = ${names}${j}_${h};`,
    ),
  )
}

// Zeros beyond the last token, whose weight is 0: nothing else times 0 is sure to be 0.
const fillColumns = (writer: Writer, name: Name, { count, first }: Tokens, width: string): readonly string[] => {
  const load = loadOf(writer, name)
  const { invocations } = layoutOf(writer.choice)
  const quads = writer.choice.columns / 4
  return [
    statement`for (var e = lane; e < ${appliedTogether(writer.choice) * quads}u; e += ${invocations}u) {`,
    statement`let token = ${first} + part + e / ${quads}u;`,
    statement`let column = first_column + e % ${quads}u * 4u;`,
    "var values = vec4<f32>();",
    statement`if (token < ${count}) {`,
    statement`let along = ${name}_start + token * params.${name}_t;`,
    statement`values = ${call(
      "vec4<f32>",
      range(4).map((i) => wgsl`${load}(along + min(column + ${i}u, ${width} - 1u) * params.${name}_w)`),
    )};`,
    "}",
    "tile[e] = values;",
    "}",
  ]
}

export const declareSums = (writer: Writer, sums: string): readonly string[] =>
  range(writer.choice.held).flatMap((row) =>
    columnQuads(writer).map((q) => statement`var ${sums}${row}_${q} = vec4<f32>();`),
  )

/** `<sums><row>_<quad>` += Σ weights[row, other]·met[other, columns of the quad] over the others at hand, `first` to `end`. */
export const applyText = (
  writer: Writer,
  sums: string,
  [name, tokens]: readonly [Name, Tokens],
  width: string,
): readonly string[] => {
  const { rowQuads: rows, otherQuads, rowLanes } = layoutOf(writer.choice)
  const together = appliedTogether(writer.choice)
  const quads = writer.choice.columns / 4
  return [
    statement`for (var part = 0u; part < min(${writer.choice.others}u, end - first); part += ${together}u) {`,
    ...fillColumns(writer, name, tokens, width),
    "workgroupBarrier();",
    statement`for (var j = 0u; j < ${together}u; j++) {`,
    ...columnQuads(writer).map((q) => statement`let x${q} = tile[j * ${quads}u + own_other + ${q * otherQuads}u];`),
    ...rowQuads(writer).flatMap((h) => [
      statement`let w${h} = weights[(part + j) * ${rows}u + own_row + ${h * rowLanes}u];`,
      ...components.flatMap((part, r) =>
        columnQuads(writer).map((q) => {
          const sum = `${sums}${4 * h + r}_${q}`
          return statement`${sum} = fma(vec4<f32>(w${h}.${part}), x${q}, ${sum});`
        }),
      ),
    ]),
    "}",
    "workgroupBarrier();",
    "}",
  ]
}

/** Stores the sums of all rows below `rows`. `start` is the position of a row's first column. */
export const storeText = (
  writer: Writer,
  { rows, width, start }: { readonly rows: string; readonly width: string; readonly start: Wgsl },
  value: (row: number, q: number) => Part,
): readonly string[] => {
  const { otherQuads } = layoutOf(writer.choice)
  return range(writer.choice.held).flatMap((r) => [
    "{",
    statement`let row = ${rowOf(writer, r >> 2)} + ${r & 3}u;`,
    statement`if (row < ${rows}) {`,
    statement`let start = ${start};`,
    ...columnQuads(writer).flatMap((q) => [
      statement`let column${q} = first_column + (own_other + ${q * otherQuads}u) * 4u;`,
      statement`if (column${q} < ${width}) { store_quad(start + column${q}, ${width} - column${q}, ${value(r, q)}); }`,
    ]),
    "}",
    "}",
  ])
}
