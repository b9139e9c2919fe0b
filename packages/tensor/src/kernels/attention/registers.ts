import { call, statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { secondsOf } from "../../adapter/costModel.ts"
import { attentionPacking, type AttentionShape } from "../../ops/attentionShape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { lines, range } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import type { Way } from "../way/way.ts"
import {
  extentParams,
  floatParam,
  multiplications,
  operandNames,
  operandParams,
  type AttentionProblem,
} from "./problem.ts"

/** Columns of the result that one invocation holds in registers; each block of columns computes the scores again. */
export type PortableChoice = { readonly columns: number }

const workgroupSize = 64

/** Scores that are computed together, so that each element read of the row serves as many. */
const together = 4

/** Below this many multiplications compiling few columns pays more than computing each score once. */
const small = 1 << 20

const candidates = ({ shape }: AttentionProblem, width: number): readonly PortableChoice[] => {
  const first = { columns: width <= 8 || multiplications(shape) < small ? 8 : 32 }
  return [first, ...[8, 16, 32].filter((columns) => columns !== first.columns).map((columns) => ({ columns }))]
}

/** `let <name>_start = …` of the head at hand. */
const starts = (names: readonly string[]): readonly string[] =>
  names.map(
    (name) => statement`let ${name}_start = params.${name}_offset + b * params.${name}_b + h * params.${name}_h;`,
  )

/** Which row of which head, and which columns of the result, an invocation computes. */
const place = (rows: string, width: Part, columns: number): readonly string[] => [
  statement`let item = group * ${workgroupSize}u + lane;`,
  statement`let blocks = (${width} + ${columns - 1}u) / ${columns}u;`,
  statement`let row = item % ${rows};`,
  statement`let column = item / ${rows} % blocks * ${columns}u;`,
  statement`let head = item / (${rows} * blocks);`,
  "let h = head % params.heads;",
  "let b = head / params.heads;",
]

const inside = "if (b >= params.batch) { return; }"

const scale = "let scale = bitcast<f32>(params.scale);"

/** `<name> = Σ a[row, …]·b[first + j, …]` for four rows j of b, of which those from `limit` on repeat the last. */
const products = (
  { operands }: AttentionProblem,
  name: string,
  [a, b]: readonly [string, string],
  width: string,
): readonly string[] => {
  const load = (operand: string): string => operands[operandNames.findIndex((known) => known === operand)]!.load
  return [
    statement`var ${name} = vec4<f32>();`,
    ...range(together).map(
      (j) => statement`let ${name}_${j} = ${b}_start + min(first + ${j}u, limit - 1u) * params.${b}_t;`,
    ),
    statement`for (var c = 0u; c < ${width}; c++) {`,
    statement`let left = ${load(a)}(${a}_start + row * params.${a}_t + c * params.${a}_w);`,
    statement`let across = c * params.${b}_w;`,
    statement`${name} += left * ${call(
      "vec4<f32>",
      range(together).map((j) => wgsl`${load(b)}(${name}_${j} + across)`),
    )};`,
    "}",
  ]
}

/** `<sums>i += weight·x[at, column + i]` for the columns at hand. */
const accumulate = (
  { operands }: AttentionProblem,
  sums: string,
  weight: Wgsl,
  x: string,
  width: string,
  columns: number,
): readonly string[] => {
  const { load } = operands[operandNames.findIndex((known) => known === x)]!
  return [
    statement`let ${sums}_at = ${x}_start + at * params.${x}_t;`,
    ...range(columns).map(
      (i) =>
        statement`${sums}${i} += ${weight} * ${load}(${sums}_at + min(column + ${i}u, ${width} - 1u) * params.${x}_w);`,
    ),
  ]
}

const declare = (sums: string, columns: number): readonly string[] =>
  range(columns).map((i) => statement`var ${sums}${i} = 0.0f;`)

const storeColumns = (at: Wgsl, value: (i: number) => Part, width: string, columns: number): readonly string[] =>
  range(columns).map(
    (i) =>
      statement`if (column + ${i}u < ${width}) { let at = ${at} + ${i}u; store_out(at, finish(at, ${value(i)})); }`,
  )

const visibleKeys = "let limit = select(params.keys, min(params.keys, row + 1u), params.causal == 1u);"

const unseen = wgsl`vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u) >= vec4<u32>(limit)`

const forwardMain = (problem: AttentionProblem, columns: number): string =>
  lines(
    place("params.queries", "params.depth", columns),
    // Zeros fill what is left of the last row of the packed result.
    "for (var i = params.used + item; i < params.total; i += params.items) { store_out(i, finish(i, 0.0f)); }",
    inside,
    starts(["q", "k", "v"]),
    scale,
    visibleKeys,
    "var most = -3.4e38f;",
    "var total = 0.0f;",
    declare("o", columns),
    statement`for (var first = 0u; first < limit; first += ${together}u) {`,
    products(problem, "s", ["q", "k"], "params.width"),
    statement`s = select(s * scale, vec4<f32>(-3.4e38f), ${unseen});`,
    "let next = max(most, max(max(s.x, s.y), max(s.z, s.w)));",
    "let shrink = exp(most - next);",
    statement`let p = select(exp(s - next), vec4<f32>(), ${unseen});`,
    "most = next;",
    "total = total * shrink + (p.x + p.y) + (p.z + p.w);",
    range(columns).map((i) => statement`o${i} *= shrink;`),
    statement`let count = min(${together}u, limit - first);`,
    "for (var j = 0u; j < count; j++) {",
    "let at = first + j;",
    accumulate(problem, "o", wgsl`p[j]`, "v", "params.depth", columns),
    "}",
    "}",
    // A row whose scores are all -∞ sums to nothing: it comes out as zeros, with a finite logarithm.
    "total = select(total, 1.0f, total == 0.0f);",
    storeColumns(
      wgsl`((b * params.queries + row) * params.heads + h) * params.depth + column`,
      (i) => wgsl`o${i} / total`,
      "params.depth",
      columns,
    ),
    "if (column > 0u) { return; }",
    "let at = params.values + head * params.sums + row;",
    "store_out(at, finish(at, most + log(total)));",
    "if (row + 1u < params.queries) { return; }",
    "for (var i = at + 1u; i < params.values + (head + 1u) * params.sums; i++) { store_out(i, finish(i, 0.0f)); }",
  )

/** What differs between the three passes. */
interface Pass {
  /** Rows of the result, and its columns. */
  readonly rows: (shape: AttentionShape) => number
  readonly width: (shape: AttentionShape) => number
  /** Products that each pair of a row and what it meets takes, beside the forward pass's two. */
  readonly work: number
  readonly main: (problem: AttentionProblem, columns: number) => string
  readonly params: (problem: AttentionProblem, items: number) => Readonly<Record<string, number>>
}

const itemsOf = ({ rows, width }: Pass, { shape }: AttentionProblem, columns: number): number =>
  shape.batch * shape.heads * rows(shape) * Math.ceil(width(shape) / columns)

/**
 * Attention on buffers, for any adapter, shape and layout: an invocation holds a few columns of one row's result and walks
 * what the row meets, with a running maximum and sum.
 */
const walking = (pass: Pass): Way<AttentionProblem, PortableChoice> => ({
  name: "registers",
  needs: () => true,
  takes: () => true,
  numerics: () => "f32",
  candidates: (problem) => candidates(problem, pass.width(problem.shape)),
  // Each block of columns computes the scores again; how many columns pay is a matter of rules, so that they cost the same.
  cost: ({ shape }, _choice, model) =>
    model.dispatch + secondsOf(model, "registers", 2 * pass.work * multiplications(shape)),
  write: (problem, { columns }, { group, bindings }) => {
    const items = itemsOf(pass, problem, columns)
    return [
      assembleKernel({
        ...finishFunction(group, bindings),
        label: labelOf(group),
        family: group.anchor!.op.name,
        bindings: bindings.entries,
        params: {
          ...extentParams(problem.shape, problem.attributes),
          scale: floatParam(problem.attributes.scale),
          ...pass.params(problem, items),
        },
        // The views leave no room for lifted numbers among the parameters.
        elements: Infinity,
        workgroupSize,
        main: pass.main(problem, columns),
        workgroups: Math.ceil(items / workgroupSize),
      }),
    ]
  },
})

export const registers = walking({
  rows: ({ queries }) => queries,
  width: ({ depth }) => depth,
  work: 1,
  main: forwardMain,
  params: (problem, items) => ({
    ...attentionPacking(problem.shape),
    items,
    ...operandParams(problem, ["q", "k", "v"]),
  }),
})

/** p and ds of four scores, those past the limit 0. `sums` and `delta` are expressions of their rows' values. */
const slopes = (unseenScores: Wgsl, sums: Part, delta: Part): readonly string[] => [
  statement`let p = select(exp(s * scale - ${sums}), vec4<f32>(), ${unseenScores});`,
  statement`let ds = p * (g - ${delta}) * scale;`,
]

const queriesMain = (problem: AttentionProblem, columns: number): string =>
  lines(
    place("params.queries", "params.width", columns),
    inside,
    starts(operandNames),
    scale,
    visibleKeys,
    statement`let row_sum = ${problem.operands[3]!.load}(sums_start + row * params.sums_t);`,
    statement`let row_delta = ${problem.operands[5]!.load}(delta_start + row * params.delta_t);`,
    declare("o", columns),
    statement`for (var first = 0u; first < limit; first += ${together}u) {`,
    products(problem, "s", ["q", "k"], "params.width"),
    products(problem, "g", ["upper", "v"], "params.depth"),
    slopes(unseen, "row_sum", "row_delta"),
    statement`let count = min(${together}u, limit - first);`,
    "for (var j = 0u; j < count; j++) {",
    "let at = first + j;",
    accumulate(problem, "o", wgsl`ds[j]`, "k", "params.width", columns),
    "}",
    "}",
    storeColumns(
      wgsl`((b * params.queries + row) * params.heads + h) * params.width + column`,
      (i) => `o${i}`,
      "params.width",
      columns,
    ),
  )

const fourRows = (load: string, name: string): Wgsl =>
  call(
    "vec4<f32>",
    range(together).map((j) => wgsl`${load}(${name}_start + min(first + ${j}u, limit - 1u) * params.${name}_t)`),
  )

// Row is a key here, and the walk is over the queries that see it.
const keysMain = (problem: AttentionProblem, columns: number): string =>
  lines(
    place("params.keys", wgsl`max(params.width, params.depth)`, columns),
    inside,
    starts(operandNames),
    scale,
    "let limit = params.queries;",
    declare("x", columns),
    declare("y", columns),
    statement`for (var first = select(0u, row, params.causal == 1u); first < limit; first += ${together}u) {`,
    products(problem, "s", ["k", "q"], "params.width"),
    products(problem, "g", ["v", "upper"], "params.depth"),
    slopes(unseen, fourRows(problem.operands[3]!.load, "sums"), fourRows(problem.operands[5]!.load, "delta")),
    statement`let count = min(${together}u, limit - first);`,
    "for (var j = 0u; j < count; j++) {",
    "let at = first + j;",
    accumulate(problem, "x", wgsl`ds[j]`, "q", "params.width", columns),
    accumulate(problem, "y", wgsl`p[j]`, "upper", "params.depth", columns),
    "}",
    "}",
    "let token = (b * params.keys + row) * params.heads + h;",
    storeColumns(wgsl`token * params.width + column`, (i) => `x${i}`, "params.width", columns),
    storeColumns(wgsl`params.values + token * params.depth + column`, (i) => `y${i}`, "params.depth", columns),
  )

/** The gradient in q: probabilities are recomputed from the rows' sums. */
export const registersQueries = walking({
  rows: ({ queries }) => queries,
  width: ({ width }) => width,
  work: 1.5,
  main: queriesMain,
  params: (problem) => operandParams(problem, operandNames),
})

/** The gradients in k and v: an invocation holds columns of one key's, and walks the queries. */
export const registersKeys = walking({
  rows: ({ keys }) => keys,
  width: ({ width, depth }) => Math.max(width, depth),
  work: 2,
  main: keysMain,
  params: (problem) => {
    const { batch, heads, keys, width } = problem.shape
    return { values: batch * keys * heads * width, ...operandParams(problem, operandNames) }
  },
})
