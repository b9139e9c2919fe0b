import { call, statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { depth, lanes, spreadRows } from "../tiles/laneTile.ts"
import { lines, range } from "../emit/operand.ts"

/**
 * Tile of one subgroup of eight lanes: `rows` rows by `columns` columns (32 or 64) of the output, eight values of the summed
 * axis at a time. Lane l holds columns l·columns/8 … of every row in registers `s<row>_<quad>`, four to each. Larger tiles
 * use each texel more often, until their straight-line code leaves the instruction cache of a CPU.
 */
export interface Tile {
  readonly rows: number
  readonly columns: number
}

/** How the operands lie in their textures. */
export interface Operands {
  /** The left matrix lies transposed: a texel holds four rows of one depth. */
  readonly leftAcross: boolean
  /** The right matrix lies transposed: a texel holds depths of one column. */
  readonly rightAcross: boolean
  /** The right matrix is f16, eight values in a texel. */
  readonly packed: boolean
  /** Rows of either matrix that lie side by side in a row of its texture. */
  readonly leftAbreast: number
  readonly rightAbreast: number
}

const component = "xyzw"

/** Vectors of four columns that a lane holds of each row. */
export const quadsOf = ({ columns }: Tile): number => columns / (4 * lanes)

export const accumulatorNames = (tile: Tile): readonly string[] =>
  range(tile.rows).flatMap((row) => range(quadsOf(tile)).map((quad) => `s${row}_${quad}`))

const masked = (load: Wgsl, position: Wgsl, tail: boolean): Wgsl =>
  tail ? wgsl`select(vec4<f32>(), ${load}, ${position} < params.k)` : load

// Of a texel of four neighbouring k, those past the end count as 0.
const maskedTexel = (load: Wgsl, first: Wgsl, tail: boolean): Wgsl =>
  tail
    ? wgsl`select(vec4<f32>(), ${load}, vec4<u32>(${first}) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(params.k))`
    : load

// Each lane loads another texel of the rows; a broadcast from the lane that holds it brings each value to all lanes.
const leftTexel = ({ leftAcross }: Operands, i: number): readonly [x: Wgsl, y: Wgsl, k: Wgsl] =>
  leftAcross
    ? [wgsl`a_texel + (row >> 2u) + ${i}u`, wgsl`a_row + k + l`, wgsl`k + l`]
    : [wgsl`a_texel + (k >> 2u) + (l & 1u)`, wgsl`a_row + row + ${4 * i}u + (l >> 1u)`, wgsl`k + (l & 1u) * 4u`]

const texelAt = (side: "left" | "right", x: Wgsl, row: Wgsl, abreast: number): Wgsl => {
  const pitch = `params.${side === "left" ? "a" : "b"}_pitch`
  return abreast === 1
    ? wgsl`textureLoad(${side}, vec2<u32>(${x}, ${row}))`
    : wgsl`textureLoad(${side}, vec2<u32>(${x} + (${row} & ${abreast - 1}u) * ${pitch}, ${row} / ${abreast}u))`
}

const leftLoads = (operands: Operands, tile: Tile, tail: boolean): readonly string[] =>
  range(tile.rows / 4).map((i) => {
    const [x, y, k] = leftTexel(operands, i)
    const load = texelAt("left", x, y, operands.leftAbreast)
    return statement`let a${i} = ${operands.leftAcross ? masked(load, k, tail) : maskedTexel(load, k, tail)};`
  })

const leftValue = ({ leftAcross }: Operands, row: number, k: number): readonly [value: string, lane: number] =>
  leftAcross ? [`a${row >> 2}.${component[row & 3]!}`, k] : spreadRows(row, k)

const vector = (of: (c: number) => Part): Wgsl => call("vec4<f32>", range(4).map(of))

const rightAlong = (abreast: number, quad: number, tail: boolean): readonly string[] =>
  range(depth).map((k) => {
    const load = texelAt("right", wgsl`b_texel + (column >> 2u) + ${quad}u`, wgsl`b_row + k + ${k}u`, abreast)
    return statement`let b${quad}_${k} = ${masked(load, wgsl`k + ${k}u`, tail)};`
  })

const rightAcross = (abreast: number, quad: number, tail: boolean): readonly string[] =>
  range(depth / 4).flatMap((q) => [
    ...range(4).map((c) => {
      const load = texelAt("right", wgsl`b_texel + (k >> 2u) + ${q}u`, wgsl`b_row + column + ${4 * quad + c}u`, abreast)
      return statement`let t${quad}_${q}_${c} = ${maskedTexel(load, wgsl`k + ${4 * q}u`, tail)};`
    }),
    ...range(4).map(
      (e) => statement`let b${quad}_${4 * q + e} = ${vector((c) => `t${quad}_${q}_${c}.${component[e]!}`)};`,
    ),
  ])

// A texel holds eight columns of one k: both quads of a lane, or the quads of two neighbouring lanes.
const packedAlong = (abreast: number, tile: Tile, tail: boolean): readonly string[] =>
  range(depth).flatMap((k) => {
    const quads = quadsOf(tile)
    const value = (quad: number, halves: string): string =>
      statement`let b${quad}_${k} = ${masked(wgsl`vec4<f32>(unpack2x16float(${halves}.x), unpack2x16float(${halves}.y))`, wgsl`k + ${k}u`, tail)};`
    return [
      statement`let t${k} = ${texelAt("right", wgsl`b_texel + (column >> 3u)`, wgsl`b_row + k + ${k}u`, abreast)};`,
      ...(quads === 1
        ? [statement`let h${k} = select(t${k}.xy, t${k}.zw, (column & 4u) != 0u);`, value(0, `h${k}`)]
        : [value(0, `t${k}.xy`), value(1, `t${k}.zw`)]),
    ]
  })

// A texel holds eight k of one column.
const packedAcross = (abreast: number, quad: number, tail: boolean): readonly string[] => [
  ...range(4).map(
    (c) =>
      statement`let t${quad}_${c} = ${texelAt("right", wgsl`b_texel + (k >> 3u)`, wgsl`b_row + column + ${4 * quad + c}u`, abreast)};`,
  ),
  ...range(4).flatMap((pair) => [
    ...range(4).map((c) => statement`let h${quad}_${pair}_${c} = unpack2x16float(t${quad}_${c}.${component[pair]!});`),
    ...range(2).map(
      (e) =>
        statement`let b${quad}_${2 * pair + e} = ${masked(
          vector((c) => `h${quad}_${pair}_${c}.${component[e]!}`),
          wgsl`k + ${2 * pair + e}u`,
          tail,
        )};`,
    ),
  ]),
]

const rightLoads = (
  { rightAcross: across, packed, rightAbreast: abreast }: Operands,
  tile: Tile,
  tail: boolean,
): readonly string[] => {
  if (packed && !across) return packedAlong(abreast, tile, tail)
  return range(quadsOf(tile)).flatMap((quad) => {
    if (packed) return packedAcross(abreast, quad, tail)
    return (across ? rightAcross : rightAlong)(abreast, quad, tail)
  })
}

// Rows whose accumulators stay in registers over the depth of the step, together with what they are multiplied by.
const rowsAtATime = (quads: number): number => (quads === 1 ? 4 : 1)

const multiply = (operands: Operands, tile: Tile): readonly string[] => {
  const quads = quadsOf(tile)
  const block = rowsAtATime(quads)
  return range(tile.rows / block).flatMap((first) =>
    range(depth).flatMap((k) =>
      range(block).flatMap((i) => {
        const row = first * block + i
        const [value, lane] = leftValue(operands, row, k)
        return [
          statement`let v${row}_${k} = subgroupBroadcast(${value}, ${lane}u);`,
          ...range(quads).map((quad) => statement`s${row}_${quad} += v${row}_${k} * b${quad}_${k};`),
        ]
      }),
    ),
  )
}

/** One step of depth from `k` on; `tail`: the sum may end within it. */
const stepText = (operands: Operands, tile: Tile, tail: boolean): readonly string[] => [
  ...leftLoads(operands, tile, tail),
  ...rightLoads(operands, tile, tail),
  ...multiply(operands, tile),
]

/** Fills the accumulators with Σk a[row, k]·b[k, column], given `row`, `column`, `l` and the operands' first texel and row. */
export const sumText = (operands: Operands, tile: Tile, wholeSteps: boolean): string =>
  lines(
    accumulatorNames(tile).map((name) => statement`var ${name} = vec4<f32>();`),
    statement`let whole = params.k & ~${depth - 1}u;`,
    statement`for (var k = 0u; k < whole; k += ${depth}u) {`,
    stepText(operands, tile, false),
    "}",
    wholeSteps ? [] : ["{", "let k = whole;", ...stepText(operands, tile, true), "}"],
  )

// Rows stored by one turn of the storing loop.
const storedRows = 2

/**
 * Stores the accumulators through `finish`, or four at a time through `finish4`, those inside the output only. A loop that
 * stores the first rows and moves the others up: written out for each row, tails take a driver seconds to compile.
 */
export const storeText = (tile: Tile, vectors: boolean): string => {
  const quads = range(quadsOf(tile))
  return lines(
    statement`for (var r = row; r < min(row + ${tile.rows}u, params.m); r += ${storedRows}u) {`,
    range(storedRows).map((i) =>
      lines(
        i === 0 ? "{" : statement`if (r + ${i}u < params.m) {`,
        statement`let start = (batch * params.m + r + ${i}u) * params.n;`,
        quads.map((quad) => storeQuad(i, quad, vectors)),
        "}",
      ),
    ),
    range(tile.rows - storedRows).flatMap((row) =>
      quads.map((quad) => statement`s${row}_${quad} = s${row + storedRows}_${quad};`),
    ),
    "}",
  )
}

// Columns come in whole fours: other problems are computed another way.
const storeQuad = (row: number, quad: number, vectors: boolean): string => {
  const values = range(4).map((j) => wgsl`finish(at + ${j}u, s${row}_${quad}.${component[j]!})`)
  const first = wgsl`column + ${4 * quad}u`
  return lines(
    statement`if (${first} < params.n) {`,
    // Summed from the left: the driver's code for a bracket around the column is slower.
    statement`let at = start + column + ${4 * quad}u;`,
    vectors
      ? statement`store4_out(at >> 2u, finish4(at >> 2u, s${row}_${quad}));`
      : values.map((value, j) => statement`store_out(at + ${j}u, ${value});`),
    "}",
  )
}
