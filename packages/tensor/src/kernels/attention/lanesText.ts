import { call, chain, statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import type { AttentionShape } from "../../ops/attentionShape.ts"
import { panelPitch, panelTexels, type StagedHeads } from "./headsInTexture.ts"
import { component, lanes, storeFour } from "./tileText.ts"
import { range } from "../emit/operand.ts"

/**
 * Tile of one subgroup whose 32 rows lie in the lanes: lane l holds rows 4l … 4l + 3, all four of an element in one
 * vector. The other side of the scores comes `columns` rows at a time; their texels are spread over the lanes, and each
 * value reaches all of them by a shuffle. Maxima and sums of rows then need no exchange between lanes, and operands of
 * the rows are loaded once. `panels` says whether the other side is copied to where it lies densely first.
 */
export type LaneChoice = { readonly columns: number; readonly panels: "packed" | "in place" }

export const laneRows = 4 * lanes

export const laneTilesOf = ({ batch, heads }: AttentionShape, rows: number): number =>
  Math.ceil(rows / laneRows) * batch * heads

const four = (of: (i: number) => Part): Wgsl => call("vec4<f32>", range(4).map(of))

const scaled = (value: Wgsl, factor: Part | undefined): Wgsl =>
  factor === undefined ? value : wgsl`${value} * ${factor}`

/** Which rows of which head a subgroup computes; `item` numbers the invocations. */
export const lanePlaceLines = (rows: string): readonly string[] => [
  statement`let item = group * ${lanes}u + lane;`,
  "let l = lane;",
  statement`let tiles = (${rows} + ${laneRows - 1}u) / ${laneRows}u;`,
  statement`let row = group % tiles * ${laneRows}u;`,
  "let head = group / tiles;",
  "let h = head % params.heads;",
  "let b = head / params.heads;",
  // A shuffle from a lane that the compiler knows becomes a broadcast, which the driver masks by what lanes are active.
  ...range(lanes).map((lane) => statement`let from${lane} = params.none + ${lane}u;`),
]

/** `<name>0` and on: the elements of this lane's four rows, those past the last repeating it, times the factor. */
export const rowVectors = (
  name: string,
  operand: string,
  { width, limit, factor }: { readonly width: number; readonly limit: string; readonly factor?: Wgsl },
): readonly string[] => [
  ...range(4).map((c) => statement`let ${name}_row${c} = ${operand}_row + min(row + 4u * l + ${c}u, ${limit} - 1u);`),
  ...range(width / 4).flatMap((t) => [
    ...range(4).map(
      (c) =>
        statement`let ${name}_${t}_${c} = ${scaled(wgsl`read_${operand}(${operand}_texel + ${t}u, ${name}_row${c})`, factor)};`,
    ),
    ...range(4).map((e) => statement`let ${name}${4 * t + e} = ${four((c) => `${name}_${t}_${c}.${component[e]}`)};`),
  ]),
]

const loadsOf = (width: number, columns: number): number => Math.ceil((width * columns) / (4 * lanes))

/** Where this lane's texels of some columns lie among them: counted over whole rows, or over texels of packed heads. */
export const columnPlaces = ({ name, flat }: StagedHeads, width: number, columns: number): readonly string[] =>
  range(loadsOf(width, columns)).flatMap((i) =>
    flat === true
      ? [
          statement`let ${name}_on${i} = (${lanes * i}u + l) / ${width / 4}u * ${panelPitch(width)}u + (${lanes * i}u + l) % ${width / 4}u;`,
        ]
      : [
          statement`let ${name}_across${i} = ${name}_texel + (${lanes * i}u + l) % ${width / 4}u;`,
          statement`let ${name}_down${i} = (${lanes * i}u + l) / ${width / 4}u;`,
        ],
  )

/** `x_<operand>0` and on: the texels of the columns from `column`, spread over the lanes. */
export const columnTexels = ({ name, flat }: StagedHeads, width: number, columns: number): readonly string[] =>
  flat === true
    ? [
        statement`let ${name}_at = column * ${panelPitch(width)}u;`,
        ...range(loadsOf(width, columns)).map((i) => {
          const at = wgsl`${name}_at + ${name}_on${i}`
          const row = wgsl`${name}_row + ${at} / ${panelTexels}u`
          return statement`let x_${name}${i} = read_${name}(${at} % ${panelTexels}u, ${row});`
        }),
      ]
    : range(loadsOf(width, columns)).map(
        (i) =>
          statement`let x_${name}${i} = read_${name}(${name}_across${i}, ${name}_row + min(column + ${name}_down${i}, last));`,
      )

const columnValue = (operand: string, width: number, column: number, element: number): Wgsl => {
  const texel = (column * width) / 4 + (element >> 2)
  return wgsl`subgroupShuffle(x_${operand}${Math.floor(texel / lanes)}.${component[element & 3]!}, from${texel % lanes})`
}

/** `<name><j>`: products of the rows `left` with each of the columns. */
export const laneProducts = (
  name: string,
  [left, operand]: readonly [string, string],
  width: number,
  columns: number,
): readonly string[] => [
  ...range(columns).map((j) => statement`var ${name}${j} = vec4<f32>();`),
  ...range(width).flatMap((d) =>
    range(columns).map((j) => statement`${name}${j} += ${columnValue(operand, width, j, d)} * ${left}${d};`),
  ),
]

/** `<sums>d = <sums>d·shrink + Σ weight<j>·column j`, element by element of the columns. */
export const laneAccumulate = (
  sums: string,
  [weight, operand]: readonly [string, string],
  width: number,
  columns: number,
  shrink?: string,
): readonly string[] =>
  range(width).map((d) => {
    const terms = range(columns).map((j) => wgsl`${columnValue(operand, width, j, d)} * ${weight}${j}`)
    return statement`${sums}${d} = ${scaled(wgsl`${sums}${d}`, shrink)} + (${chain("+", terms)});`
  })

export const laneSums = (sums: string, width: number): readonly string[] =>
  range(width).map((d) => statement`var ${sums}${d} = vec4<f32>();`)

/** Of these values the one numbered by the bits `bit0`, `bit1` …: every other level halves them. */
const chosen = (values: readonly Wgsl[], bit = 0): Wgsl => {
  if (values.length === 1) return values[0]!
  const [even, odd] = ([0, 1] as const).map((rest) =>
    chosen(
      values.filter((_, i) => i % 2 === rest),
      bit + 1,
    ),
  )
  return wgsl`select(${even!}, ${odd!}, bit${bit})`
}

/**
 * Stores the tile's rows times `factor`, texel by texel: row r begins at `start`, where `r` counts the rows. Choosing a
 * texel's four vectors from all costs less than the code of a store for each, and much less to compile.
 */
export const storeLanes = (
  sums: string,
  width: number,
  { limit, start, factor }: { readonly limit: string; readonly start: Wgsl; readonly factor?: string },
  vector: boolean,
): readonly string[] => [
  statement`for (var t = 0u; t < ${width / 4}u; t++) {`,
  ...range(Math.ceil(Math.log2(width / 4))).map((bit) => statement`let bit${bit} = (t & ${1 << bit}u) != 0u;`),
  ...range(4).map(
    (e) => statement`let e${e} = ${scaled(chosen(range(width / 4).map((t) => wgsl`${sums}${4 * t + e}`)), factor)};`,
  ),
  ...range(4).flatMap((c) => [
    "{",
    statement`let r = row + 4u * l + ${c}u;`,
    statement`let value = ${four((e) => `e${e}.${component[c]}`)};`,
    statement`if (r < ${limit}) { let at = ${start} + 4u * t; ${storeFour(wgsl`at`, "value", vector)} }`,
    "}",
  ]),
  "}",
]
