import { call, statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { operandNames, type AttentionProblem } from "./problem.ts"
import { startLines, type StagedHeads } from "./headsInTexture.ts"
import {
  accumulateLines,
  blockColumns,
  declareSums,
  lanes,
  placeLines,
  productLines,
  slotsOf,
  storeFour,
  storeRows,
  type TileChoice,
} from "./tileText.ts"
import { lines, range } from "../emit/operand.ts"

/** All that the text of a pass depends on. */
export interface TileProgram {
  readonly problem: AttentionProblem
  readonly operands: readonly StagedHeads[]
  readonly choice: TileChoice
  /** Whether four elements are stored at a time. */
  readonly vector: boolean
}

// Exponentials are powers of two, for which the factor of the scores takes log2 e along.
export const log2e = "1.4426950408889634f"
export const ln2 = "0.6931471805599453f"

/** Stands for -∞ in scores and maxima: finite, so that differences of two are numbers. */
export const lowest = wgsl`-1e30f`

/** The score of a key that is not seen: below every maximum, so that it counts for nothing beside scores of -∞ alone. */
export const hiddenScore = wgsl`-2e30f`

export const factor = statement`let factor = bitcast<f32>(params.scale) * ${log2e};`

export const inside = (rows: string): string => statement`if (b >= params.batch || row >= ${rows}) { return; }`

/** `columns`: the lane's four columns, and `past`, which of them are none. Hiding them always spares pipelines. */
const columnLines: readonly string[] = [
  "let columns = vec4<u32>(column + 4u * l) + vec4<u32>(0u, 1u, 2u, 3u);",
  "let past = columns > vec4<u32>(last);",
]

/** Which of the four columns row r does not see. */
const unseenBy = (r: number, { attributes }: AttentionProblem, over: "keys" | "queries"): Wgsl => {
  if (!attributes.causal) return wgsl`past`
  return over === "keys"
    ? wgsl`columns > vec4<u32>(min(last, row + ${r}u))`
    : wgsl`past | (columns < vec4<u32>(row + ${r}u))`
}

// By quad swaps and one exchange: the driver's own maximum walks the lanes one by one.
const rowMaximum = (value: Wgsl): readonly string[] => [
  statement`var top = ${value};`,
  "top = max(top, quadSwapX(top));",
  "top = max(top, quadSwapY(top));",
  "top = max(top, subgroupShuffleXor(top, 4u));",
]

/** Replaces the scores of row r by their exponentials below the running maximum, and shrinks what was summed before. */
const softmaxRow = (r: number, slots: number, problem: AttentionProblem): readonly string[] => [
  "{",
  statement`let t = select(s${r} * factor, vec4<f32>(${hiddenScore}), ${unseenBy(r, problem, "keys")});`,
  ...rowMaximum(wgsl`max(max(t.x, t.y), max(t.z, t.w))`),
  statement`let next = max(m${r}, top);`,
  statement`let shrink = exp2(m${r} - next);`,
  statement`m${r} = next;`,
  statement`s${r} = exp2(t - next);`,
  statement`z${r} = z${r} * shrink + dot(s${r}, vec4<f32>(1.0f));`,
  ...range(slots).map((slot) => statement`o${r}_${slot} *= shrink;`),
  "}",
]

const endOf = ({ attributes }: AttentionProblem, rows: number): Wgsl =>
  attributes.causal ? wgsl`min(params.keys, row + ${rows}u)` : wgsl`params.keys`

// Lane i holds the sums of rows 4·i to 4·i + 3.
const storeSums = (rows: number, vector: boolean): readonly string[] => [
  "var four = vec4<f32>();",
  ...range(rows / 4).map((i) => {
    const sums = range(4).map((j) => wgsl`m${4 * i + j} + log2(z${4 * i + j})`)
    return statement`four = select(four, ${call("vec4<f32>", sums)} * ${ln2}, l == ${i}u);`
  }),
  "let first = row + 4u * l;",
  statement`if (l < ${rows / 4}u && first < params.queries) {`,
  "let at = params.values + head * params.sums + first;",
  "let known = vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(params.queries);",
  "let value = select(vec4<f32>(), four, known);",
  storeFour(wgsl`at`, "value", vector),
  "}",
]

// What is left of the last row of the packed result is zero.
export const fillRest = (vector: boolean): readonly string[] => [
  "for (var i = params.used + 4u * item; i < params.total; i += 4u * params.items) {",
  "let value = vec4<f32>();",
  storeFour(wgsl`i`, "value", vector),
  "}",
]

export const forwardMain = ({ problem, operands, choice, vector }: TileProgram): string => {
  const { rows } = choice
  const slots = slotsOf(problem.shape.depth)
  return lines(
    placeLines("params.queries", choice),
    fillRest(vector),
    inside("params.queries"),
    operands.flatMap(startLines),
    factor,
    "let last = params.keys - 1u;",
    range(rows).map((r) => statement`var m${r} = ${lowest}; var z${r} = 0.0f;`),
    declareSums("o", slots, rows),
    statement`let end = ${endOf(problem, rows)};`,
    statement`for (var column = 0u; column < end; column += ${blockColumns}u) {`,
    columnLines,
    productLines("s", ["q", "k"], wgsl`params.width / 4u`, rows),
    range(rows).flatMap((r) => softmaxRow(r, slots, problem)),
    accumulateLines("o", "s", "v", slots, rows),
    "}",
    range(rows).flatMap((r) => [
      statement`z${r} = subgroupAdd(z${r});`,
      // A row whose scores are all -∞ sums to nothing: it comes out as zeros, with a finite logarithm.
      statement`z${r} = select(z${r}, 1.0f, z${r} == 0.0f);`,
      ...range(slots).map((slot) => statement`o${r}_${slot} /= z${r};`),
    ]),
    storeSums(rows, vector),
    storeRows(
      "o",
      slots,
      {
        limit: "params.queries",
        width: wgsl`params.depth / 4u`,
        start: wgsl`((b * params.queries + r) * params.heads + h) * params.depth`,
      },
      rows,
      vector,
    ),
  )
}

export const rowValue = ({ operands }: AttentionProblem, name: "sums" | "delta", row: Wgsl): Wgsl =>
  wgsl`${operands[operandNames.indexOf(name)]!.load}(${name}_start + ${row} * params.${name}_t)`

export const rowStarts: readonly string[] = ["sums", "delta"].map(
  (name) => statement`let ${name}_start = params.${name}_offset + b * params.${name}_b + h * params.${name}_h;`,
)

/** p and ds of row r in place of its scores s and slopes g. */
const slopeRow = (
  r: number,
  problem: AttentionProblem,
  over: "keys" | "queries",
  [sums, delta]: readonly [string, string],
): readonly string[] => {
  return [
    statement`s${r} = select(exp2(s${r} * factor - ${sums}), vec4<f32>(), ${unseenBy(r, problem, over)});`,
    statement`g${r} = s${r} * (g${r} - ${delta}) * scale;`,
  ]
}

/** `sum<r>` and `delta<r>` of the tile's rows: each lane loads some and broadcasts them. */
const tileRowValues = (problem: AttentionProblem, rows: number): readonly string[] => [
  ...range(rows / lanes).flatMap((i) => {
    const row = wgsl`min(row + ${lanes * i}u + l, params.queries - 1u)`
    return [
      statement`let held_sums${i} = ${rowValue(problem, "sums", row)} * ${log2e};`,
      statement`let held_delta${i} = ${rowValue(problem, "delta", row)};`,
    ]
  }),
  ...range(rows).flatMap((r) =>
    ["sums", "delta"].map(
      (name) => statement`let ${name}${r} = subgroupBroadcast(held_${name}${Math.floor(r / lanes)}, ${r % lanes}u);`,
    ),
  ),
]

export const queriesMain = ({ problem, operands, choice, vector }: TileProgram): string => {
  const { rows } = choice
  const slots = slotsOf(problem.shape.width)
  return lines(
    placeLines("params.queries", choice),
    inside("params.queries"),
    operands.flatMap(startLines),
    rowStarts,
    factor,
    "let scale = bitcast<f32>(params.scale);",
    "let last = params.keys - 1u;",
    tileRowValues(problem, rows),
    declareSums("o", slots, rows),
    statement`let end = ${endOf(problem, rows)};`,
    statement`for (var column = 0u; column < end; column += ${blockColumns}u) {`,
    columnLines,
    productLines("s", ["q", "k"], wgsl`params.width / 4u`, rows),
    productLines("g", ["upper", "v"], wgsl`params.depth / 4u`, rows),
    range(rows).flatMap((r) => slopeRow(r, problem, "keys", [`sums${r}`, `delta${r}`])),
    accumulateLines("o", "g", "k", slots, rows),
    "}",
    storeRows(
      "o",
      slots,
      {
        limit: "params.queries",
        width: wgsl`params.width / 4u`,
        start: wgsl`((b * params.queries + r) * params.heads + h) * params.width`,
      },
      rows,
      vector,
    ),
  )
}

/** The sums or deltas of the lane's four queries. */
const columnValues = (problem: AttentionProblem, name: "sums" | "delta"): Wgsl =>
  call(
    "vec4<f32>",
    range(4).map((j) => rowValue(problem, name, wgsl`min(column + 4u * l + ${j}u, last)`)),
  )

export const keysMain = ({ problem, operands, choice, vector }: TileProgram): string => {
  const { rows } = choice
  const { shape, attributes } = problem
  const [widthSlots, depthSlots] = [slotsOf(shape.width), slotsOf(shape.depth)]
  const stored = (width: "width" | "depth") => ({
    limit: "params.keys",
    width: wgsl`params.${width} / 4u`,
    start: wgsl`((b * params.keys + r) * params.heads + h) * params.${width}`,
  })
  const ofValues = stored("depth")
  return lines(
    placeLines("params.keys", choice),
    inside("params.keys"),
    operands.flatMap(startLines),
    rowStarts,
    factor,
    "let scale = bitcast<f32>(params.scale);",
    "let last = params.queries - 1u;",
    declareSums("x", widthSlots, rows),
    declareSums("y", depthSlots, rows),
    statement`for (var column = ${attributes.causal ? wgsl`row & ~${blockColumns - 1}u` : "0u"}; column < params.queries; column += ${blockColumns}u) {`,
    columnLines,
    statement`let row_sums = ${columnValues(problem, "sums")} * ${log2e};`,
    statement`let row_delta = ${columnValues(problem, "delta")};`,
    productLines("s", ["k", "q"], wgsl`params.width / 4u`, rows),
    productLines("g", ["v", "upper"], wgsl`params.depth / 4u`, rows),
    range(rows).flatMap((r) => slopeRow(r, problem, "queries", ["row_sums", "row_delta"])),
    accumulateLines("y", "s", "upper", depthSlots, rows),
    accumulateLines("x", "g", "q", widthSlots, rows),
    "}",
    storeRows("x", widthSlots, stored("width"), rows, vector),
    storeRows("y", depthSlots, { ...ofValues, start: wgsl`params.values + ${ofValues.start}` }, rows, vector),
  )
}
