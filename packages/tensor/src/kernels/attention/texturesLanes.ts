import { call, chain, statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import {
  columnPlaces,
  columnTexels,
  laneAccumulate,
  lanePlaceLines,
  laneProducts,
  laneRows,
  laneSums,
  rowVectors,
  storeLanes,
  type LaneChoice,
} from "./lanesText.ts"
import type { AttentionProblem } from "./problem.ts"
import { factor, fillRest, hiddenScore, inside, ln2, log2e, lowest, rowStarts, rowValue } from "./texturesTile.ts"
import { startLines, type StagedHeads } from "./headsInTexture.ts"
import { storeFour } from "./tileText.ts"
import { lines, range } from "../emit/operand.ts"

/** All that the text of a pass with rows in lanes depends on. */
export interface LaneProgram {
  readonly problem: AttentionProblem
  readonly operands: readonly StagedHeads[]
  readonly choice: LaneChoice
  /** Whether four elements are stored at a time. */
  readonly vector: boolean
}

const rowNumbers = "let rows = vec4<u32>(row + 4u * l) + vec4<u32>(0u, 1u, 2u, 3u);"

/** Which of the lane's rows do not see column j, or `null` where all of them do. */
const unseen = (j: number, { attributes }: AttentionProblem, over: "keys" | "queries"): Wgsl | null => {
  const column = wgsl`column + ${j}u`
  if (!attributes.causal) return j === 0 ? null : wgsl`vec4<bool>(${column} > last)`
  if (over === "keys") return wgsl`vec4<u32>(${column}) > min(rows, vec4<u32>(last))`
  return wgsl`(vec4<u32>(${column}) < rows) | vec4<bool>(${column} > last)`
}

const hidden = (value: Wgsl, mask: Wgsl | null, instead: Part): Wgsl =>
  mask === null ? value : wgsl`select(${value}, vec4<f32>(${instead}), ${mask})`

/** Turns scores into exponentials below the running maximum; `shrink` is for what was summed below the one before. */
const softmaxLines = (columns: number, problem: AttentionProblem): readonly string[] => [
  ...range(columns).map((j) => statement`s${j} = ${hidden(wgsl`s${j}`, unseen(j, problem, "keys"), hiddenScore)};`),
  statement`let next = ${range(columns).reduce((top, j) => wgsl`max(${top}, s${j})`, wgsl`m`)};`,
  "let shrink = exp2(m - next);",
  "m = next;",
  ...range(columns).map((j) => statement`s${j} = exp2(s${j} - next);`),
  statement`z = z * shrink + (${chain(
    "+",
    range(columns).map((j) => `s${j}`),
  )});`,
]

// Lane l holds the sums of rows 4l to 4l + 3.
const storeSums = (vector: boolean): readonly string[] => [
  "let first = row + 4u * l;",
  "if (first < params.queries) {",
  "let at = params.values + head * params.sums + first;",
  statement`let value = select(vec4<f32>(), (m + log2(z)) * ${ln2}, rows < vec4<u32>(params.queries));`,
  storeFour(wgsl`at`, "value", vector),
  "}",
]

const endOf = ({ attributes }: AttentionProblem): Wgsl =>
  attributes.causal ? wgsl`min(params.keys, row + ${laneRows}u)` : wgsl`params.keys`

const beginLines = (rows: string, operands: readonly StagedHeads[]): readonly string[] => [
  ...lanePlaceLines(rows),
  ...operands.flatMap(startLines),
  rowNumbers,
  factor,
  "let scale = bitcast<f32>(params.scale);",
]

const stored = (rows: "queries" | "keys", width: "width" | "depth") => ({
  limit: `params.${rows}`,
  start: wgsl`((b * params.${rows} + r) * params.heads + h) * params.${width}`,
})

export const forwardLanes = ({ problem, operands, choice: { columns }, vector }: LaneProgram): string => {
  const panel = (name: string): StagedHeads => operands.find((operand) => operand.name === name)!
  const { width, depth } = problem.shape
  return lines(
    beginLines("params.queries", operands),
    fillRest(vector),
    inside("params.queries"),
    "let last = params.keys - 1u;",
    rowVectors("q", "q", { width, limit: "params.queries", factor: wgsl`factor` }),
    statement`var m = vec4<f32>(${lowest});`,
    "var z = vec4<f32>();",
    laneSums("o", depth),
    columnPlaces(panel("k"), width, columns),
    columnPlaces(panel("v"), depth, columns),
    statement`let end = ${endOf(problem)};`,
    statement`for (var column = 0u; column < end; column += ${columns}u) {`,
    columnTexels(panel("k"), width, columns),
    laneProducts("s", ["q", "k"], width, columns),
    softmaxLines(columns, problem),
    columnTexels(panel("v"), depth, columns),
    laneAccumulate("o", ["s", "v"], depth, columns, "shrink"),
    "}",
    // A row whose scores are all -∞ sums to nothing: it comes out as zeros, with a finite logarithm.
    "z = select(z, vec4<f32>(1.0f), z == vec4<f32>());",
    storeSums(vector),
    "let whole = vec4<f32>(1.0f) / z;",
    storeLanes("o", depth, { ...stored("queries", "depth"), factor: "whole" }, vector),
  )
}

/** The sums or deltas of the lane's four rows. */
const rowValues = (problem: AttentionProblem, name: "sums" | "delta"): Wgsl =>
  call(
    "vec4<f32>",
    range(4).map((c) => rowValue(problem, name, wgsl`min(row + 4u * l + ${c}u, params.queries - 1u)`)),
  )

export const queriesLanes = ({ problem, operands, choice: { columns }, vector }: LaneProgram): string => {
  const panel = (name: string): StagedHeads => operands.find((operand) => operand.name === name)!
  const { width, depth } = problem.shape
  return lines(
    beginLines("params.queries", operands),
    inside("params.queries"),
    rowStarts,
    "let last = params.keys - 1u;",
    statement`let row_sums = ${rowValues(problem, "sums")} * ${log2e};`,
    statement`let row_delta = ${rowValues(problem, "delta")};`,
    rowVectors("q", "q", { width, limit: "params.queries", factor: wgsl`factor` }),
    rowVectors("d", "upper", { width: depth, limit: "params.queries" }),
    laneSums("o", width),
    columnPlaces(panel("k"), width, columns),
    columnPlaces(panel("v"), depth, columns),
    statement`let end = ${endOf(problem)};`,
    statement`for (var column = 0u; column < end; column += ${columns}u) {`,
    columnTexels(panel("k"), width, columns),
    laneProducts("s", ["q", "k"], width, columns),
    columnTexels(panel("v"), depth, columns),
    laneProducts("g", ["d", "v"], depth, columns),
    range(columns).map((j) => {
      const probability = hidden(wgsl`exp2(s${j} - row_sums)`, unseen(j, problem, "keys"), "0.0f")
      return statement`g${j} = ${probability} * (g${j} - row_delta);`
    }),
    laneAccumulate("o", ["g", "k"], width, columns),
    "}",
    storeLanes("o", width, { ...stored("queries", "width"), factor: "scale" }, vector),
  )
}

export const keysLanes = ({ problem, operands, choice: { columns }, vector }: LaneProgram): string => {
  const panel = (name: string): StagedHeads => operands.find((operand) => operand.name === name)!
  const { width, depth } = problem.shape
  const begin = problem.attributes.causal ? "row" : "0u"
  const yStart = stored("keys", "depth")
  return lines(
    beginLines("params.keys", operands),
    inside("params.keys"),
    rowStarts,
    "let last = params.queries - 1u;",
    rowVectors("k", "k", { width, limit: "params.keys", factor: wgsl`factor` }),
    rowVectors("v", "v", { width: depth, limit: "params.keys" }),
    laneSums("x", width),
    laneSums("y", depth),
    columnPlaces(panel("q"), width, columns),
    columnPlaces(panel("upper"), depth, columns),
    statement`for (var column = ${begin}; column < params.queries; column += ${columns}u) {`,
    "let held = min(column + l, last);",
    statement`let held_sums = ${rowValue(problem, "sums", wgsl`held`)} * ${log2e};`,
    statement`let held_delta = ${rowValue(problem, "delta", wgsl`held`)};`,
    columnTexels(panel("q"), width, columns),
    laneProducts("s", ["k", "q"], width, columns),
    columnTexels(panel("upper"), depth, columns),
    laneProducts("g", ["v", "upper"], depth, columns),
    range(columns).flatMap((j) => [
      statement`s${j} = ${hidden(wgsl`exp2(s${j} - subgroupShuffle(held_sums, from${j}))`, unseen(j, problem, "queries"), "0.0f")};`,
      statement`g${j} = s${j} * (g${j} - subgroupShuffle(held_delta, from${j}));`,
    ]),
    laneAccumulate("y", ["s", "upper"], depth, columns),
    laneAccumulate("x", ["g", "q"], width, columns),
    "}",
    storeLanes("x", width, { ...stored("keys", "width"), factor: "scale" }, vector),
    storeLanes("y", depth, { ...yStart, start: wgsl`params.values + ${yStart.start}` }, vector),
  )
}
