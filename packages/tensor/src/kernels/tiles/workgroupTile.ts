import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { filledSeconds, type CostModel } from "../../adapter/costModel.ts"
import { invocationsOf, workgroupMemoryOf, type KernelFacts } from "../../adapter/facts.ts"
import { byteWidth } from "../../dtype.ts"
import type { Numerics } from "../../precision/precision.ts"
import { lines, range, type Operand } from "../emit/operand.ts"

/**
 * Tile of a matrix product that a workgroup computes in workgroup memory: `rows` by `columns` of the output, `depth` of the
 * summed axis at a time, `held`² sums in registers of each invocation. What GPUs want; on CPU drivers barriers are ruinous.
 */
export type SharedChoice = {
  readonly rows: number
  readonly columns: number
  readonly depth: number
  readonly held: 4 | 8
  /** Set where operands are rounded to f16 on their way into the memory; products and sums are f32. */
  readonly operands?: "f16"
  /** Set where products are computed, and summed over one step of depth, in f16; the sums of all steps are f32 in any case. */
  readonly arithmetic?: "f16"
}

const sharedChoices: readonly SharedChoice[] = [
  { rows: 64, columns: 64, depth: 16, held: 4 },
  { rows: 128, columns: 128, depth: 8, held: 8 },
  { rows: 128, columns: 64, depth: 8, held: 8 },
  { rows: 32, columns: 32, depth: 16, held: 4 },
]

/** One operand of the product: how invocations fetch four neighbouring rows (of the right one: columns) at one depth. */
export interface SharedSide {
  readonly name: "left" | "right"
  /** Whether neighbouring depths are neighbours in memory: then neighbouring invocations take these. */
  readonly alongDepth: boolean
  /** Names what depends only on the rows; `first` is the first one's expression, `i` tells apart what an invocation fetches. */
  readonly prepare: (i: number, first: Wgsl) => readonly string[]
  /** Four values at depth `k`; those beyond the end of the summed axis must be 0, rows beyond the last may be anything. */
  readonly fetch: (i: number, k: string) => readonly [statements: readonly string[], values: string]
}

export const tileInvocations = ({ rows, columns, held }: SharedChoice): number => (rows * columns) / (held * held)

/** What products are computed in. */
const elementOf = ({ arithmetic }: SharedChoice): "f16" | "f32" => arithmetic ?? "f32"

/** What the memory holds. */
const heldElement = ({ arithmetic, operands }: SharedChoice): "f16" | "f32" => operands ?? arithmetic ?? "f32"

/** Steps of depth that the memory holds: one is multiplied while the next one arrives. */
const stepsHeld = 2

const sharedBytes = (choice: SharedChoice): number =>
  stepsHeld * byteWidth(heldElement(choice)) * choice.depth * (choice.rows + choice.columns)

/** Sizes of a number of like products. */
export interface Products {
  readonly rows: number
  readonly columns: number
  readonly depth: number
  readonly products: number
}

/** Workgroups that tile them. */
export const tileCount = ({ rows, columns, products }: Products, choice: SharedChoice): number =>
  Math.ceil(rows / choice.rows) * Math.ceil(columns / choice.columns) * products

// Narrower products leave most of a tile empty.
const narrowest = 16

export const isWideEnough = ({ rows, columns }: Products): boolean => Math.min(rows, columns) >= narrowest

/**
 * Whether tiles pay although most of one may be empty: on GPUs, where a few invocations that each walk a long sum wait for memory
 * all the time, and a tile loads it together.
 */
export const isWorthTiles = (products: Products, { isSoftware = false }: KernelFacts): boolean =>
  isWideEnough(products) || !isSoftware

const inHalves = (choice: SharedChoice): SharedChoice => ({ ...choice, arithmetic: "f16" })

const fitting = (choices: readonly SharedChoice[], facts: KernelFacts): readonly SharedChoice[] =>
  choices.filter(
    (choice) => sharedBytes(choice) <= workgroupMemoryOf(facts) && tileInvocations(choice) <= invocationsOf(facts),
  )

/** Tiles of operands rounded to f16 that fit the adapter. */
export const roundedTiles = (facts: KernelFacts): readonly SharedChoice[] =>
  fitting(
    sharedChoices.map((choice) => ({ ...choice, operands: "f16" })),
    facts,
  )

/** Tiles that fit the adapter; in f16 as well where it can and an operand is stored so. */
export const fittingTiles = (operands: readonly Operand[], facts: KernelFacts): readonly SharedChoice[] => {
  const tiles = fitting(sharedChoices, facts)
  const halves = facts.f16 === true && operands.some(({ base }) => base.dtype === "f16")
  return halves ? [...tiles.map(inHalves), ...tiles] : tiles
}

export const sharedNumerics = ({ arithmetic, operands }: SharedChoice): Numerics =>
  operands === "f16" ? "f16" : arithmetic === "f16" ? "f16 sums" : "f32"

// Loads of a step of depth beside its multiply-adds: larger tiles load less for each.
const loadShare = ({ rows, columns, operands }: SharedChoice): number =>
  ((operands === "f16" ? 8 : 16) * (rows + columns)) / (rows * columns)

/** Seconds that such tiles are expected to take: those that hang over count whole, and few leave cores idle. */
export const sharedSeconds = (products: Products, choice: SharedChoice, model: CostModel): number =>
  filledSeconds(model, choice.arithmetic === "f16" ? "workgroupHalf" : "workgroup", {
    workgroups: tileCount(products, choice),
    flops: 2 * choice.rows * choice.columns * products.depth * (1 + loadShare(choice)),
  })

/** Directives of a shader that computes by such tiles. */
export const sharedDirectives = (choice: SharedChoice): readonly string[] =>
  heldElement(choice) === "f16" ? ["enable f16;"] : []

/** Workgroup variables of a tile, to stand before the entry point. */
export const sharedDeclarations = (choice: SharedChoice): string => {
  const quads = (extent: number): string =>
    `array<vec4<${heldElement(choice)}>, ${(stepsHeld * choice.depth * extent) / 4}>`
  return lines(
    statement`var<workgroup> left_tile: ${quads(choice.rows)};`,
    statement`var<workgroup> right_tile: ${quads(choice.columns)};`,
  )
}

export interface Fetches {
  readonly quads: number
  readonly count: number
  readonly invocations: number
  readonly depth: number
}

/** What each of a workgroup's invocations fetches of an operand's tile of `extent` rows (of the right one: columns) by `depth`. */
export const fetchesOf = (depth: number, extent: number, invocations: number): Fetches => ({
  quads: extent / 4,
  count: Math.ceil((depth * extent) / 4 / invocations),
  invocations,
  depth,
})

/** Names which quad at which depth each invocation fetches, the same in every step: `<side>_quad<i>` and `<side>_depth<i>`. */
export const placeText = (side: SharedSide, { quads, count, invocations, depth }: Fetches): readonly string[] =>
  range(count).flatMap((i) => {
    const [quad, at] = [`${side.name}_quad${i}`, `${side.name}_depth${i}`]
    const place = wgsl`lane + ${i * invocations}u`
    return [
      ...(side.alongDepth
        ? [statement`let ${at} = ${place} % ${depth}u;`, statement`let ${quad} = ${place} / ${depth}u;`]
        : [statement`let ${quad} = ${place} % ${quads}u;`, statement`let ${at} = ${place} / ${quads}u;`]),
      ...side.prepare(i, wgsl`first_${side.name} + ${quad} * 4u`),
    ]
  })

const nextNames = ({ name }: SharedSide, { count }: Fetches): readonly string[] =>
  range(count).map((i) => `${name}_next${i}`)

const fetchText = (side: SharedSide, fetches: Fetches): readonly string[] =>
  nextNames(side, fetches).flatMap((next, i) => {
    const k = `${side.name}_k${i}`
    const [statements, values] = side.fetch(i, k)
    return [statement`let ${k} = k + ${side.name}_depth${i};`, ...statements, statement`${next} = ${values};`]
  })

const fillText = (side: SharedSide, fetches: Fetches, element: "f16" | "f32"): readonly string[] => {
  const { quads, depth } = fetches
  return nextNames(side, fetches).map(
    (next, i) =>
      statement`${side.name}_tile[(held * ${depth}u + ${side.name}_depth${i}) * ${quads}u + ${side.name}_quad${i}] = ${element === "f16" ? wgsl`vec4<f16>(${next})` : next};`,
  )
}

const component = "xyzw"

const sumNames = ({ held }: SharedChoice, letter: string): readonly string[] =>
  range(held).flatMap((row) => range(held / 4).map((quad) => `${letter}${row}_${quad}`))

// Neighbouring invocations read neighbouring quads, so that they meet in no bank of the memory.
const multiplyText = (choice: SharedChoice, letter: string): readonly string[] => {
  const { rows, columns, held } = choice
  const quads = range(held / 4)
  const widened = (values: Wgsl): Wgsl => (choice.operands === "f16" ? wgsl`vec4<f32>(${values})` : values)
  const left = (h: number): Wgsl => wgsl`left_tile[(held_depth + d) * ${rows / 4}u + own_row + ${(h * rows) / held}u]`
  const right = (q: number): Wgsl =>
    wgsl`right_tile[(held_depth + d) * ${columns / 4}u + own_column + ${(q * columns) / held}u]`
  return [
    ...quads.map((h) => statement`let a${h} = ${widened(left(h))};`),
    ...quads.map((q) => statement`let b${q} = ${widened(right(q))};`),
    ...quads.flatMap((h) =>
      range(4).flatMap((r) =>
        quads.map((q) => {
          const sum = `${letter}${4 * h + r}_${q}`
          return statement`${sum} = fma(vec4<${elementOf(choice)}>(a${h}.${component[r]!}), b${q}, ${sum});`
        }),
      ),
    ),
  ]
}

const overDepth = (choice: SharedChoice, letter: string): readonly string[] => [
  statement`let held_depth = held * ${choice.depth}u;`,
  statement`for (var d = 0u; d < ${choice.depth}u; d++) {`,
  ...multiplyText(choice, letter),
  "}",
]

// Sums in f16 grow for one step only: eight or sixteen products lose a few bits, a thousand would lose most.
const stepText = (choice: SharedChoice): readonly string[] =>
  choice.arithmetic === "f16"
    ? [
        ...sumNames(choice, "h").map((name) => statement`var ${name} = vec4<f16>();`),
        ...overDepth(choice, "h"),
        ...sumNames(choice, "s").map((name) => statement`${name} += vec4<f32>(${name.replace("s", "h")});`),
      ]
    : overDepth(choice, "s")

/**
 * Sums of a tile of Σk left[row, k]·right[k, column], given `first_left` and `first_right`, the tile's first row and column:
 * invocations hold `s<row>_<quad>`, which `sharedStores` walks. The sum runs over depths from
 * `begin` to `end`, which all invocations of a workgroup agree on; all of them must reach it.
 */
export const sharedSums = (
  choice: SharedChoice,
  left: SharedSide,
  right: SharedSide,
  { begin, end }: { readonly begin: string; readonly end: string } = { begin: "0u", end: "params.k" },
): string => {
  const { rows, columns, depth, held } = choice
  const [ofLeft, ofRight] = [rows, columns].map((extent) => fetchesOf(depth, extent, tileInvocations(choice))) as [
    Fetches,
    Fetches,
  ]
  return lines(
    statement`let own_row = lane / ${columns / held}u;`,
    statement`let own_column = lane % ${columns / held}u;`,
    placeText(left, ofLeft),
    placeText(right, ofRight),
    sumNames(choice, "s").map((name) => statement`var ${name} = vec4<f32>();`),
    [ofLeft, ofRight].flatMap((fetches, i) =>
      nextNames([left, right][i]!, fetches).map((next) => statement`var ${next} = vec4<f32>();`),
    ),
    "var held = 1u;",
    statement`for (var k = ${begin}; ; k += ${depth}u) {`,
    // The next step's values are on their way while the last one's are multiplied, and go to the other half of the memory.
    statement`let is_more = k < ${end};`,
    "if (is_more) {",
    fetchText(left, ofLeft),
    fetchText(right, ofRight),
    "}",
    statement`if (k > ${begin}) {`,
    stepText(choice),
    "}",
    "if (!is_more) { break; }",
    "held = 1u - held;",
    fillText(left, ofLeft, heldElement(choice)),
    fillText(right, ofRight, heldElement(choice)),
    "workgroupBarrier();",
    "}",
  )
}

/** Statements for each quad of the output that an invocation holds: its row, its first column, and the name of its sums. */
export const sharedStores = (
  { rows, columns, held }: SharedChoice,
  store: (row: Wgsl, column: Wgsl, sums: string) => readonly string[],
): readonly string[] =>
  range(held).flatMap((r) =>
    range(held / 4).flatMap((q) =>
      store(
        wgsl`first_left + (own_row + ${((r >> 2) * rows) / held}u) * 4u + ${r & 3}u`,
        wgsl`first_right + (own_column + ${(q * columns) / held}u) * 4u`,
        `s${r}_${q}`,
      ),
    ),
  )
