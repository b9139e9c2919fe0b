import { call, statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import type { AttentionShape } from "../../ops/attentionShape.ts"
import { range } from "../emit/operand.ts"

/**
 * Tile of one subgroup of eight lanes: `rows` rows of the result. The other side of the scores comes in blocks of 32
 * columns, four per lane, so that each row of scores is one vec4 in every lane's registers.
 */
export type TileChoice = { readonly rows: number; readonly subgroups: number }

export const lanes = 8
export const blockColumns = 32
export const component = "xyzw"

/** Vectors of four that each lane holds of a row of so many elements. */
export const slotsOf = (width: number): number => Math.ceil(width / (4 * lanes))

/** Which rows of which head a subgroup computes; `item` numbers the invocations. */
export const placeLines = (rows: string, { rows: height, subgroups }: TileChoice): readonly string[] => [
  statement`let item = group * ${lanes * subgroups}u + lane;`,
  statement`let l = lane & ${lanes - 1}u;`,
  statement`let tiles = (${rows} + ${height * subgroups - 1}u) / ${height * subgroups}u;`,
  statement`let row = (group % tiles * ${subgroups}u + lane / ${lanes}u) * ${height}u;`,
  "let head = group / tiles;",
  "let h = head % params.heads;",
  "let b = head / params.heads;",
]

export const tilesOf = ({ batch, heads }: AttentionShape, rows: number, choice: TileChoice): number =>
  Math.ceil(rows / (choice.rows * choice.subgroups)) * batch * heads

/** `<operand>_0` to `_3`: texture rows of this lane's four columns. Those past the last repeat it. */
export const columnRows = (operand: string): readonly string[] =>
  range(4).map((j) => statement`let ${operand}_${j} = ${operand}_row + min(column + 4u * l + ${j}u, last);`)

/**
 * `<name>r = Σ left[row + r, …]·right[column + 4·l …, …]` for all rows of the tile, eight elements at a time. Each lane
 * loads other texels of the rows; a broadcast from the lane that holds it brings each value to all lanes.
 */
export const productLines = (
  name: string,
  [left, right]: readonly [string, string],
  width: Wgsl,
  rows: number,
): readonly string[] => [
  ...columnRows(right),
  ...range(rows).map((r) => statement`var ${name}${r} = vec4<f32>();`),
  statement`for (var c = 0u; c < ${width}; c += 2u) {`,
  ...range(rows / 4).map(
    (i) =>
      statement`let a${i} = read_${left}(${left}_texel + c + (l & 1u), ${left}_row + row + ${4 * i}u + (l >> 1u));`,
  ),
  ...range(2).flatMap((e) =>
    range(4).map((j) => statement`let t${e}_${j} = read_${right}(${right}_texel + c + ${e}u, ${right}_${j});`),
  ),
  ...range(8).map((k) => {
    const across = range(4).map((j) => `t${k >> 2}_${j}.${component[k & 3]!}`)
    return statement`let b${k} = ${call("vec4<f32>", across)};`
  }),
  ...range(rows / 4).flatMap((block) =>
    range(8).flatMap((k) =>
      range(4).map((i) => {
        const value = wgsl`subgroupBroadcast(a${block}.${component[k & 3]!}, ${i * 2 + (k >> 2)}u)`
        return statement`${name}${block * 4 + i} += ${value} * b${k};`
      }),
    ),
  ),
  "}",
]

/** Vectors of the result that one pass over a block updates: more would overflow the instruction cache. */
const slotsTogether = (rows: number): number => (rows > 8 ? 2 : 4)

/** `<sums>r_i += Σ weight[r, j]·x[column + j, …]`: weights are broadcast from the lanes that hold them. */
export const accumulateLines = (
  sums: string,
  weight: string,
  x: string,
  slots: number,
  rows: number,
): readonly string[] =>
  range(Math.ceil(slots / slotsTogether(rows))).flatMap((chunk) => {
    const here = range(slots).filter((slot) => Math.floor(slot / slotsTogether(rows)) === chunk)
    return [
      statement`for (var j = 0u; j < ${lanes}u; j++) {`,
      ...range(4).flatMap((c) => [
        statement`let at${c} = ${x}_row + min(column + 4u * j + ${c}u, last);`,
        ...here.map((slot) => statement`let e${c}_${slot} = read_${x}(${x}_texel + l + ${lanes * slot}u, at${c});`),
      ]),
      ...range(rows).flatMap((r) =>
        range(4).map(
          (c) =>
            statement`{ let p = subgroupShuffle(${weight}${r}.${component[c]!}, j); ${here
              .map((slot) => statement`${sums}${r}_${slot} += p * e${c}_${slot};`)
              .join(" ")} }`,
        ),
      ),
      "}",
    ]
  })

export const declareSums = (sums: string, slots: number, rows: number): readonly string[] =>
  range(rows).flatMap((r) => range(slots).map((slot) => statement`var ${sums}${r}_${slot} = vec4<f32>();`))

/** Stores four elements from position `at`, a multiple of four, each through the tail. */
export const storeFour = (at: Wgsl, value: string, vector: boolean): string => {
  const values = range(4).map((i) => wgsl`finish(${at} + ${i}u, ${value}.${component[i]!})`)
  return vector
    ? statement`store4_out(${at} >> 2u, ${call("vec4<f32>", values)});`
    : values.map((one, i) => statement`store_out(${at} + ${i}u, ${one});`).join(" ")
}

/**
 * Stores the tile's rows, the first `slots` vectors of each: row r begins at `start`, where `r` counts the rows, and
 * lanes hold every eighth texel of it. Rows take turns in the first registers, since code for a store is long.
 */
export const storeRows = (
  sums: string,
  slots: number,
  { limit, width, start }: { readonly limit: string; readonly width: Wgsl; readonly start: Wgsl },
  rows: number,
  vector: boolean,
): readonly string[] => [
  statement`for (var r = row; r < min(row + ${rows}u, ${limit}); r++) {`,
  statement`let start = ${start} + 4u * l;`,
  ...range(slots).map((slot) => {
    const store = storeFour(wgsl`start + ${4 * lanes * slot}u`, "value", vector)
    return statement`if (l + ${lanes * slot}u < ${width}) { let value = ${sums}0_${slot}; ${store} }`
  }),
  ...range(rows - 1).flatMap((r) =>
    range(slots).map((slot) => statement`${sums}${r}_${slot} = ${sums}${r + 1}_${slot};`),
  ),
  "}",
]
