import { call, statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { range } from "../emit/operand.ts"
import { vectorLoad } from "../emit/vectorReads.ts"
import { operandNames, type AttentionProblem } from "./problem.ts"
import { pitchOf, shuffledInvocations, turned, type ShuffledTokens } from "./shuffledTile.ts"
import type { Tokens } from "./workgroupText.ts"

/** Operands that pass the memory. */
export type Passed = "q" | "k" | "v" | "upper"

/** The text of a kernel's parts, for one problem and choice. */
export interface ShuffledWriter {
  readonly problem: AttentionProblem
  readonly choice: ShuffledTokens
  readonly subgroupSize: number
  /** Tensors that are bound as vectors. */
  readonly vectors: ReadonlySet<Tensor>
  /** Operands of the workgroup's own tokens, and of those that it meets. */
  readonly own: readonly Passed[]
  readonly met: readonly [Passed, Passed]
  readonly ownTokens: Tokens
  readonly metTokens: Tokens
}

const components = [..."xyzw"]

export const rows = ({ choice }: ShuffledWriter): readonly number[] => range(choice.held)

/** Others whose scores an invocation has. */
export const others = ({ choice }: ShuffledWriter): readonly number[] => range(choice.others / choice.across)

const pitch = ({ problem: { shape }, choice }: ShuffledWriter): number =>
  pitchOf(Math.max(shape.width, shape.depth), choice)

/** Vectors of columns whose sums an invocation has. */
const columns = (writer: ShuffledWriter): readonly number[] => range(pitch(writer) / writer.choice.across)

const operandOf = ({ problem }: ShuffledWriter, name: Passed) => problem.operands[operandNames.indexOf(name)]!

const ownMemory = (name: Passed): string => `own_${name}`

const metMemory = ({ choice, met }: ShuffledWriter, name: Passed): string =>
  choice.places === 2 ? `met${met.indexOf(name)}` : "met0"

export const declarations = (writer: ShuffledWriter): readonly string[] => [
  ...writer.own.map(
    (name) => statement`var<workgroup> ${ownMemory(name)}: array<vec4<f32>, ${writer.choice.rows * pitch(writer)}>;`,
  ),
  ...range(writer.choice.places).map(
    (i) => statement`var<workgroup> met${i}: array<vec4<f32>, ${writer.choice.others * pitch(writer)}>;`,
  ),
]

/** Which rows of which head a workgroup computes, which share of the others it meets, and which rows an invocation has. */
export const placeText = ({ choice, subgroupSize, ownTokens }: ShuffledWriter): readonly string[] => [
  statement`let row_tiles = (${ownTokens.count} + ${choice.rows - 1}u) / ${choice.rows}u;`,
  statement`let first_row = group % row_tiles * ${choice.rows}u;`,
  "let head = group / row_tiles % (params.batch * params.heads);",
  "let h = head % params.heads;",
  "let b = head / params.heads;",
  "let share = group / row_tiles / (params.batch * params.heads);",
  // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
  "if (share >= params.parts) { return; }",
  statement`let own_row = lane / ${choice.across}u * ${choice.held}u;`,
  statement`let slot = lane % ${choice.across}u;`,
  statement`let neighbours = lane % ${subgroupSize}u - slot;`,
  "let scale = bitcast<f32>(params.scale);",
]

/** The first of an operand's elements of a head. */
export const startsText = (names: readonly (typeof operandNames)[number][]): readonly string[] =>
  names.map(
    (name) => statement`let ${name}_start = params.${name}_offset + b * params.${name}_b + h * params.${name}_h;`,
  )

/** Four neighbours of an operand's row, from element `column` on. */
const vectorOf = (writer: ShuffledWriter, name: Passed, token: Part, column: Part): Wgsl => {
  const operand = operandOf(writer, name)
  const along = wgsl`${name}_start + ${token} * params.${name}_t`
  return writer.vectors.has(operand.base)
    ? wgsl`${vectorLoad(operand)}((${along} + ${column}) >> 2u)`
    : call(
        "vec4<f32>",
        range(4).map((i) => wgsl`${operand.load}(${along} + (${column} + ${i}u) * params.${name}_w)`),
      )
}

const widthOf = ({ problem: { shape } }: ShuffledWriter, name: Passed): number =>
  name === "q" || name === "k" ? shape.width : shape.depth

const widthName = (name: Passed): string => (name === "q" || name === "k" ? "params.width" : "params.depth")

// Columns beyond the width, which whole shares make room for, are zeros.
const inWidth = (writer: ShuffledWriter, name: Passed): string =>
  widthOf(writer, name) === 4 * pitch(writer) ? "" : statement` && column < ${widthName(name)}`

/** Own tokens come into the memory once; tokens beyond the last repeat it. */
export const keepText = (writer: ShuffledWriter): readonly string[] => {
  const { choice, own, ownTokens } = writer
  const wide = pitch(writer)
  return own.flatMap((name) => [
    statement`for (var e = lane; e < ${choice.rows * wide}u; e += ${shuffledInvocations(choice)}u) {`,
    statement`let token = min(first_row + e / ${wide}u, ${ownTokens.count} - 1u);`,
    statement`let column = e % ${wide}u * 4u;`,
    "var values = vec4<f32>();",
    `if (true${inWidth(writer, name)}) {`,
    statement`values = ${vectorOf(writer, name, "token", "column")};`,
    "}",
    statement`${ownMemory(name)}[e] = values;`,
    "}",
  ])
}

/** Vectors of others that an invocation brings into the memory. */
const brought = (writer: ShuffledWriter): readonly number[] =>
  range(Math.ceil((writer.choice.others * pitch(writer)) / shuffledInvocations(writer.choice)))

const broughtName = (name: Passed, i: number): string => `next_${name}${i}`

const partOf = ({ choice }: ShuffledWriter, i: number): Wgsl => wgsl`lane + ${i * shuffledInvocations(choice)}u`

/** Reads others from `from` on. Zeros beyond the last, whose weight is 0: nothing else times 0 is sure to be 0. */
const fetchText = (writer: ShuffledWriter, name: Passed, from: string): readonly string[] => {
  const wide = pitch(writer)
  return brought(writer).flatMap((i) => [
    statement`${broughtName(name, i)} = vec4<f32>();`,
    "{",
    statement`let token = ${from} + (${partOf(writer, i)}) / ${wide}u;`,
    statement`let column = (${partOf(writer, i)}) % ${wide}u * 4u;`,
    `if (${statement`token < ${writer.metTokens.count}`}${inWidth(writer, name)}) {`,
    statement`${broughtName(name, i)} = ${vectorOf(writer, name, "token", "column")};`,
    "}",
    "}",
  ])
}

const isOver = (writer: ShuffledWriter, i: number): boolean =>
  (i + 1) * shuffledInvocations(writer.choice) > writer.choice.others * pitch(writer)

const stashText = (writer: ShuffledWriter, name: Passed): readonly string[] => {
  const wide = pitch(writer)
  return brought(writer).flatMap((i) => [
    isOver(writer, i) ? statement`if (${partOf(writer, i)} < ${writer.choice.others * wide}u) {` : "{",
    statement`let e = ${partOf(writer, i)};`,
    statement`let row = e / ${wide}u;`,
    statement`${metMemory(writer, name)}[row * ${wide}u + ((e % ${wide}u) ^ (row % ${turned}u))] = ${broughtName(name, i)};`,
    "}",
  ])
}

const declareBrought = (writer: ShuffledWriter, name: Passed): readonly string[] =>
  brought(writer).map((i) => statement`var ${broughtName(name, i)} = vec4<f32>();`)

/** Before the first block: what is at hand of it already. */
export const aheadText = (writer: ShuffledWriter, first: string): readonly string[] =>
  writer.choice.places === 1
    ? []
    : writer.met.flatMap((name) => [...declareBrought(writer, name), ...fetchText(writer, name, first)])

/** At the begin of a block: both operands of its others, where both have a place; the next block's are then on their way. */
export const meetText = (writer: ShuffledWriter): readonly string[] =>
  writer.choice.places === 1
    ? []
    : [
        "workgroupBarrier();",
        ...writer.met.flatMap((name) => stashText(writer, name)),
        "workgroupBarrier();",
        statement`let next_first = first + ${writer.choice.others}u;`,
        "if (next_first < end) {",
        ...writer.met.flatMap((name) => fetchText(writer, name, "next_first")),
        "}",
      ]

/** One operand of the others takes the only place, where it comes in turn. */
export const bringText = (writer: ShuffledWriter, name: Passed): readonly string[] =>
  writer.choice.places === 2
    ? []
    : [
        "workgroupBarrier();",
        "{",
        ...declareBrought(writer, name),
        ...fetchText(writer, name, "first"),
        ...stashText(writer, name),
        "}",
        "workgroupBarrier();",
      ]

/** `<sums><i>_<j>` = Σ own[row i, …]·met[other j, …]. */
export const scoresText = (writer: ShuffledWriter, sums: string, own: Passed, met: Passed): readonly string[] => {
  const wide = pitch(writer)
  const { across } = writer.choice
  return [
    ...rows(writer).flatMap((i) => others(writer).map((j) => statement`var ${sums}${i}_${j} = 0.0f;`)),
    statement`for (var c = 0u; c < ${wide}u; c++) {`,
    ...others(writer).map(
      (j) =>
        statement`let x${j} = ${metMemory(writer, met)}[(slot + ${j * across}u) * ${wide}u + (c ^ (slot % ${turned}u))];`,
    ),
    ...rows(writer).flatMap((i) => [
      statement`let row${i} = ${ownMemory(own)}[(own_row + ${i}u) * ${wide}u + c];`,
      ...components.flatMap((part) =>
        others(writer).map((j) => statement`${sums}${i}_${j} = fma(row${i}.${part}, x${j}.${part}, ${sums}${i}_${j});`),
      ),
    ]),
    "}",
  ]
}

export const declareSums = (writer: ShuffledWriter, sums: string): readonly string[] =>
  rows(writer).flatMap((i) => columns(writer).map((q) => statement`var ${sums}${i}_${q} = vec4<f32>();`))

/** Multiplies the sums of each row. */
export const shrinkText = (writer: ShuffledWriter, sums: string, by: (row: number) => Part): readonly string[] =>
  rows(writer).flatMap((i) => columns(writer).map((q) => statement`${sums}${i}_${q} *= ${by(i)};`))

/** `<sums><i>_<q>` += Σ weights[row i, other]·met[other, columns q]: weights come from the neighbours that have them. */
export const applyText = (writer: ShuffledWriter, sums: string, weights: string, met: Passed): readonly string[] => {
  const wide = pitch(writer)
  const { across } = writer.choice
  return [
    statement`for (var x = 0u; x < ${across}u; x++) {`,
    ...others(writer).flatMap((j) => [
      "{",
      statement`let at = (x + ${j * across}u) * ${wide}u;`,
      ...columns(writer).map(
        (q) =>
          statement`let met${q}_of = ${metMemory(writer, met)}[at + ((slot + ${q * across}u) ^ (x % ${turned}u))];`,
      ),
      ...rows(writer).flatMap((i) => [
        statement`let w${i} = vec4<f32>(subgroupShuffle(${weights}${i}_${j}, neighbours + x));`,
        ...columns(writer).map((q) => statement`${sums}${i}_${q} = fma(w${i}, met${q}_of, ${sums}${i}_${q});`),
      ]),
      "}",
    ]),
    "}",
  ]
}

/** Folds a value over the neighbours that share rows: all of them have it afterwards. */
export const acrossText = (
  { choice }: ShuffledWriter,
  name: string,
  fold: (a: Part, b: Wgsl) => Wgsl,
): readonly string[] =>
  range(Math.log2(choice.across)).map(
    (bit) => statement`${name} = ${fold(name, wgsl`subgroupShuffleXor(${name}, ${2 ** bit}u)`)};`,
  )

/** Stores the sums of all rows below the last. `start` is the position of a row's first column. */
export const storeText = (
  writer: ShuffledWriter,
  width: string,
  start: Wgsl,
  value: (row: number, q: number) => Part,
): readonly string[] =>
  rows(writer).flatMap((i) => [
    "{",
    statement`let row = first_row + own_row + ${i}u;`,
    statement`if (row < ${writer.ownTokens.count}) {`,
    statement`let start = ${start};`,
    ...columns(writer).flatMap((q) => [
      statement`let column${q} = (slot + ${q * writer.choice.across}u) * 4u;`,
      statement`if (column${q} < ${width}) { store_quad(start + column${q}, ${width} - column${q}, ${value(i, q)}); }`,
    ]),
    "}",
    "}",
  ])
