import type { Tensor } from "../graph.ts"
import type { Group } from "../plan/fusion.ts"
import { sizeOf } from "../shape.ts"
import { assembleKernel } from "./assemble.ts"
import { batchAxes, type Batch } from "./batch.ts"
import { choiceFor, type Kernel, type KernelLimits } from "./kernel.ts"
import { lines, operandOf, range } from "./operand.ts"
import { stageMatrix, type StagedMatrix } from "./staging.ts"
import { bindGroup, finishFunction, labelOf } from "./tail.ts"

/**
 * Tile of one subgroup: `rows` rows by 32 columns of the output, `subgroups` of them in a workgroup. K runs in steps of
 * 8, so that the loop body stays inside the instruction cache of a CPU.
 */
export type StagedChoice = {
  readonly rows: number
  readonly subgroups: number
  /** Which tiles follow one another: those of one column (rows first), or those of one row. */
  readonly order: "rows" | "columns"
}

const lanes = 8
const depth = 8
const columnsPerTile = 4 * lanes
const component = "xyzw"

interface Problem {
  readonly a: StagedMatrix
  readonly b: StagedMatrix
  readonly batch: readonly Batch[]
  readonly m: number
  readonly n: number
  readonly k: number
  readonly batches: number
}

const stagedProblem = (contract: Tensor, group: Group, limits: KernelLimits): Problem | null => {
  const bindings = bindGroup(group, limits, null)
  const [a, b] = contract.inputs.map((input) => operandOf(group, bindings, input))
  const rank = contract.shape.length
  const batch = batchAxes(a!.view, b!.view, contract.shape.slice(0, -2))
  const [left, right] = [
    stageMatrix(a!.base, a!.view, batch, "a", limits),
    stageMatrix(b!.base, b!.view, batch, "b", limits),
  ]
  if (left === null || right === null || left.staged.packed === true) return null
  const [m, n, k] = [contract.shape[rank - 2]!, contract.shape[rank - 1]!, contract.inputs[0]!.shape[rank - 1]!]
  return { a: left, b: right, batch, m, n, k, batches: sizeOf(contract.shape.slice(0, -2)) }
}

const masked = (load: string, position: string, tail: boolean): string =>
  tail ? `select(vec4<f32>(), ${load}, ${position} < params.k)` : load

// Each lane loads other texels of the rows; a broadcast from the lane that holds it brings each value to all lanes.
const loadRows = ({ a }: Problem, rows: number, tail: boolean): readonly string[] =>
  range(rows / 4).map((i) => {
    const [x, y, k] = a.across
      ? [`a_texel + (row >> 2u) + ${i}u`, "a_row + k + l", "k + l"]
      : [`a_texel + (k >> 2u) + (l & 1u)`, `a_row + row + ${4 * i}u + (l >> 1u)`, "k + (l & 1u) * 4u"]
    const load = `textureLoad(left, vec2<u32>(${x}, ${y}))`
    return `let a${i} = ${a.across ? masked(load, k, tail) : maskedTexel(load, k, tail)};`
  })

// Of a texel of four neighbouring k, those past the end count as 0.
const maskedTexel = (load: string, first: string, tail: boolean): string =>
  tail ? `select(vec4<f32>(), ${load}, vec4<u32>(${first}) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(params.k))` : load

const rowValue = ({ a }: Problem, row: number, k: number): readonly [value: string, lane: number] =>
  a.across ? [`a${row >> 2}.${component[row & 3]}`, k] : [`a${row >> 2}.${component[k & 3]}`, (row & 3) * 2 + (k >> 2)]

// Packed f16: a texel holds eight of a row. Across, it is the eight k of one column; along, two lanes share it.
const loadPackedColumns = ({ b }: Problem, tail: boolean): readonly string[] => {
  const column = (e: number, values: string): string => `let b${e} = ${masked(values, `k + ${e}u`, tail)};`
  const list = (of: (c: number) => string): string => range(4).map(of).join(", ")
  if (!b.across)
    return range(depth).flatMap((e) => [
      `let t${e} = textureLoad(right, vec2<u32>(b_texel + (column >> 3u), b_row + k + ${e}u));`,
      `let h${e} = select(t${e}.xy, t${e}.zw, (column & 4u) != 0u);`,
      column(e, `vec4<f32>(unpack2x16float(h${e}.x), unpack2x16float(h${e}.y))`),
    ])
  return [
    ...range(4).map((c) => `let t${c} = textureLoad(right, vec2<u32>(b_texel + (k >> 3u), b_row + column + ${c}u));`),
    ...range(4).flatMap((pair) => [
      ...range(4).map((c) => `let h${pair}_${c} = unpack2x16float(t${c}.${component[pair]});`),
      column(2 * pair, `vec4<f32>(${list((c) => `h${pair}_${c}.x`)})`),
      column(2 * pair + 1, `vec4<f32>(${list((c) => `h${pair}_${c}.y`)})`),
    ]),
  ]
}

const loadColumns = ({ b }: Problem, tail: boolean): readonly string[] =>
  b.across
    ? range(2).flatMap((q) => [
        ...range(4).map(
          (c) =>
            `let t${q}_${c} = ${maskedTexel(`textureLoad(right, vec2<u32>(b_texel + (k >> 2u) + ${q}u, b_row + column + ${c}u))`, `k + ${4 * q}u`, tail)};`,
        ),
        ...range(4).map(
          (e) =>
            `let b${4 * q + e} = vec4<f32>(${range(4)
              .map((c) => `t${q}_${c}.${component[e]}`)
              .join(", ")});`,
        ),
      ])
    : range(depth).map(
        (e) =>
          `let b${e} = ${masked(`textureLoad(right, vec2<u32>(b_texel + (column >> 2u), b_row + k + ${e}u))`, `k + ${e}u`, tail)};`,
      )

const multiply = (problem: Problem, rows: number): readonly string[] =>
  range(rows / 4).flatMap((block) =>
    range(depth).flatMap((k) =>
      range(4).map((i) => {
        const row = block * 4 + i
        const [value, lane] = rowValue(problem, row, k)
        return `s${row} += subgroupBroadcast(${value}, ${lane}u) * b${k};`
      }),
    ),
  )

const step = (problem: Problem, rows: number, tail: boolean): readonly string[] => [
  ...loadRows(problem, rows, tail),
  ...(problem.b.staged.packed === true ? loadPackedColumns : loadColumns)(problem, tail),
  ...multiply(problem, rows),
]

const batchLines = ({ batch }: Problem): readonly string[] => [
  "var rest = batch;",
  ...range(batch.length)
    .toReversed()
    .flatMap((axis) => [
      `let z${axis} = rest % params.batch${axis};`,
      `rest = rest / params.batch${axis};`,
      ...["a", "b"].flatMap((side) => [
        `${side}_row += z${axis} * params.${side}_rows${axis};`,
        `${side}_texel += z${axis} * params.${side}_texels${axis};`,
      ]),
    ]),
]

const storeLines = (rows: number, vector: boolean): readonly string[] =>
  range(rows).flatMap((row) => {
    const values = range(4).map((j) => `finish(at + ${j}u, s${row}.${component[j]})`)
    const stores = vector
      ? [`store4_out(at >> 2u, vec4<f32>(${values.join(", ")}));`]
      : values.map((value, j) => `if (column + ${j}u < params.n) { store_out(at + ${j}u, ${value}); }`)
    return [
      `if (row + ${row}u < params.m && column < params.n) {`,
      `let at = (batch * params.m + row + ${row}u) * params.n + column;`,
      ...stores,
      "}",
    ]
  })

const mainText = (problem: Problem, { rows, subgroups, order }: StagedChoice, vector: boolean): string =>
  lines(
    `let l = lane & ${lanes - 1}u;`,
    `let row_tiles = (params.m + ${rows * subgroups - 1}u) / ${rows * subgroups}u;`,
    `let column_tiles = (params.n + ${columnsPerTile - 1}u) / ${columnsPerTile}u;`,
    "let batch = group / (row_tiles * column_tiles);",
    order === "rows"
      ? ["let row_tile = group % row_tiles;", "let column_tile = group / row_tiles % column_tiles;"]
      : ["let column_tile = group % column_tiles;", "let row_tile = group / column_tiles % row_tiles;"],
    `let row = (row_tile * ${subgroups}u + lane / ${lanes}u) * ${rows}u;`,
    `let column = column_tile * ${columnsPerTile}u + l * 4u;`,
    "if (row >= params.m || batch >= params.batches) { return; }",
    ["a", "b"].flatMap((side) => [
      `var ${side}_row = params.${side}_row;`,
      `var ${side}_texel = params.${side}_texel;`,
    ]),
    batchLines(problem),
    range(rows).map((row) => `var s${row} = vec4<f32>();`),
    `let whole = params.k & ~${depth - 1}u;`,
    `for (var k = 0u; k < whole; k += ${depth}u) {`,
    step(problem, rows, false),
    "}",
    problem.k % depth === 0 ? [] : ["{", "let k = whole;", ...step(problem, rows, true), "}"],
    storeLines(rows, vector),
  )

const matrixParams = (side: string, { row, texel, batch }: StagedMatrix): Readonly<Record<string, number>> => ({
  [`${side}_row`]: row,
  [`${side}_texel`]: texel,
  ...Object.fromEntries(
    batch.flatMap(({ rows, texels }, i) => [
      [`${side}_rows${i}`, rows],
      [`${side}_texels${i}`, texels],
    ]),
  ),
})

// Rows that a tile computes beyond the last count as work; taller tiles use each column load more often.
const tileCost = (m: number, rows: number): number => Math.ceil(m / rows) * rows * (1 + 4 / rows)

const tileRows = [24, 20, 16, 32]

/** Without measurements: the tile that wastes least, rows first, so that columns are read from memory once. */
const untunedTile = ({ m }: Problem): StagedChoice => ({
  rows: m <= 8 ? 8 : tileRows.slice(0, 3).reduce((best, rows) => (tileCost(m, rows) < tileCost(m, best) ? rows : best)),
  subgroups: 1,
  order: "rows",
})

const isSame = (a: StagedChoice, b: StagedChoice): boolean =>
  a.rows === b.rows && a.subgroups === b.subgroups && a.order === b.order

/** Tiles worth measuring for a problem, the untuned one first. */
export const tileCandidates = (problem: Problem): readonly [StagedChoice, ...StagedChoice[]] => {
  const first = untunedTile(problem)
  const others = (problem.m <= 8 ? [8] : tileRows).flatMap((rows) =>
    [1, 4].flatMap((subgroups) => (["rows", "columns"] as const).map((order) => ({ rows, subgroups, order }))),
  )
  return [first, ...others.filter((choice) => !isSame(choice, first))]
}

const problemKey = ({ a, b, m, n, k, batches }: Problem): string =>
  `${m}x${n}x${k}${batches === 1 ? "" : ` batch ${batches}`} ${a.across ? "t" : "n"}${b.across ? "t" : "n"}${b.staged.packed === true ? " f16" : ""}`

const worthStaging = ({ m, n, k, batches }: Problem): boolean =>
  m >= 8 && n >= columnsPerTile && n % 4 === 0 && k >= 32 && m * n * k * batches >= 1 << 20

/**
 * Σk a[…, m, k]·b[…, k, n] with operands in textures, for adapters whose subgroups have eight lanes: CPU drivers, where
 * a texture read is one shared function, a broadcast one instruction, and a barrier ruinous. `null` where the operands do
 * not lie in rows of whole texels or the problem is too small to pay for staging.
 */
export const contractStaged = (
  group: Group,
  limits: KernelLimits,
  inPlace: Tensor | null,
): readonly Kernel[] | null => {
  if (limits.subgroupSize !== lanes || limits.textureExtent === 0) return null
  const problem = stagedProblem(group.anchor!, group, limits)
  if (problem === null || !worthStaging(problem)) return null
  const bindings = bindGroup(group, limits, inPlace)
  const { code, functions } = finishFunction(group, bindings)
  const entries = bindings.entries.filter(
    ({ binding }) => binding.access !== "read" || code.includes(`load_${binding.name}(`),
  )
  const output = entries.at(-1)!
  const vector = output.binding.access === "write" && output.binding.windows === 1 && group.root.dtype === "f32"
  const choice = choiceFor(limits, {
    family: "contract",
    problem: problemKey(problem),
    candidates: tileCandidates(problem),
  })
  const { m, n, k, batches, batch, a, b } = problem
  const tiles = Math.ceil(m / (choice.rows * choice.subgroups)) * Math.ceil(n / columnsPerTile) * batches
  return [
    assembleKernel({
      label: labelOf(group),
      family: "contract",
      bindings: vector
        ? [...entries.slice(0, -1), { ...output, binding: { ...output.binding, vector: true } }]
        : entries,
      textures: [
        { name: "left", staged: a.staged },
        { name: "right", staged: b.staged },
      ],
      directives: ["enable subgroups;", "diagnostic(off, subgroup_uniformity);"],
      params: {
        m,
        n,
        k,
        batches,
        ...Object.fromEntries(batch.map(({ extent }, i) => [`batch${i}`, extent])),
        ...matrixParams("a", a),
        ...matrixParams("b", b),
      },
      functions,
      code,
      elements: sizeOf(group.root.shape),
      workgroupSize: lanes * choice.subgroups,
      main: mainText(problem, choice, vector),
      workgroups: tiles,
      choice: { ...choice, operands: "textures" },
    }),
  ]
}
