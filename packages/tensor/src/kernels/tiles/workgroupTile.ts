import { filledSeconds, type CostModel } from "../../adapter/costModel.ts"
import { invocationsOf, workgroupMemoryOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import { statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { byteWidth } from "../../dtype/dtype.ts"
import type { Numerics } from "../../precision/precision.ts"
import { lines, range, type Operand } from "../emit/operand.ts"
import {
  fetchStep,
  fillStep,
  stagingText,
  turnedOver,
  type HeldBlock,
  type SharedSide,
  type StagedSide,
  type Staging,
} from "./staging.ts"

/**
 * Tile of a matrix product that a workgroup computes in workgroup memory: `rows` by `columns` of the output, `depth` of the
 * summed axis at a time, `heldRows` by `heldColumns` sums in registers of each invocation. What GPUs want; on CPU drivers barriers
 * are ruinous.
 */
export type SharedChoice = {
  readonly rows: number
  readonly columns: number
  readonly depth: number
  readonly heldRows: 4 | 8 | 12
  readonly heldColumns: 4 | 8
  /** Set where operands are rounded to f16 on their way into the memory; products and sums are f32. */
  readonly operands?: "f16"
  /** Set where products are computed, and summed over one step of depth, in f16; the sums of all steps are f32 in any case. */
  readonly arithmetic?: "f16"
}

type TileShape = Pick<SharedChoice, "rows" | "columns" | "heldRows" | "heldColumns">

/**
 * Tiles by their sizes. For each step of depth an invocation reads one vector for four rows and one for four columns that it holds: of
 * 8×8 sums four for 16 multiply-adds of vectors, of 12×4 four for twelve, of 4×8 three for eight, of 4×4 two for four. Two tiles of
 * 144 rows hold the 257 tokens of an image tower, which leave most of a third of 128 rows empty.
 */
const tileShapes: readonly TileShape[] = [
  { rows: 64, columns: 64, heldRows: 4, heldColumns: 8 },
  { rows: 128, columns: 128, heldRows: 8, heldColumns: 8 },
  { rows: 128, columns: 64, heldRows: 8, heldColumns: 8 },
  { rows: 96, columns: 64, heldRows: 8, heldColumns: 8 },
  { rows: 32, columns: 32, heldRows: 4, heldColumns: 4 },
  { rows: 144, columns: 64, heldRows: 12, heldColumns: 4 },
]

/** Rows of the largest tiles that software adapters are measured with. */
const mostSoftwareRows = 128

/** Depths of a step, the best first: at 16 a barrier comes after many products, and no invocation of large tiles fetches nothing. */
const stepDepths = [16, 8, 4] as const

export const tileInvocations = ({ rows, columns, heldRows, heldColumns }: TileShape): number =>
  (rows * columns) / (heldRows * heldColumns)

/** What products are computed in. */
const elementOf = ({ arithmetic }: SharedChoice): "f16" | "f32" => arithmetic ?? "f32"

/** What the memory holds. */
const heldElement = ({ arithmetic, operands }: SharedChoice): "f16" | "f32" => operands ?? arithmetic ?? "f32"

/** Steps of depth that the memory holds: one is multiplied while the next one arrives. */
const stepsHeld = 2

/** Vectors from one quad of rows to the next, its depths one after another: an odd number, so that neighbours lie in different banks. */
const pitchOf = ({ depth }: SharedChoice): number => depth + 1

const sharedBytes = (choice: SharedChoice): number =>
  stepsHeld * byteWidth(heldElement(choice)) * pitchOf(choice) * (choice.rows + choice.columns)

/** Sizes of a number of like products. */
export interface Products {
  readonly rows: number
  readonly columns: number
  readonly depth: number
  readonly products: number
}

/** Workgroups that tile them. */
export const tileCount = (
  { rows, columns, products }: Products,
  choice: Pick<SharedChoice, "rows" | "columns">,
): number => Math.ceil(rows / choice.rows) * Math.ceil(columns / choice.columns) * products

// Narrower products leave most of a tile empty.
const narrowest = 16

export const isWideEnough = ({ rows, columns }: Products): boolean => Math.min(rows, columns) >= narrowest

/**
 * Whether tiles pay although most of one may be empty: on GPUs, where a few invocations that each walk a long sum wait for memory
 * all the time, and a tile loads it together.
 */
export const isWorthTiles = (products: Products, { isSoftware = false }: KernelFacts): boolean =>
  isWideEnough(products) || !isSoftware

type Elements = Pick<SharedChoice, "operands" | "arithmetic">

/** Tiles of these elements that fit the adapter, each with the deepest step that its memory holds. */
const fitting = (elements: Elements, facts: KernelFacts): readonly SharedChoice[] =>
  tileShapes
    .filter((shape) => facts.isSoftware !== true || shape.rows <= mostSoftwareRows)
    .filter((shape) => tileInvocations(shape) <= invocationsOf(facts))
    .flatMap((shape) =>
      stepDepths
        .map((depth): SharedChoice => ({
          rows: shape.rows,
          columns: shape.columns,
          depth,
          heldRows: shape.heldRows,
          heldColumns: shape.heldColumns,
          ...elements,
        }))
        .filter((choice) => sharedBytes(choice) <= workgroupMemoryOf(facts))
        .slice(0, 1),
    )

/** Tiles of operands rounded to f16 that fit the adapter. */
export const roundedTiles = (facts: KernelFacts): readonly SharedChoice[] => fitting({ operands: "f16" }, facts)

/** Tiles that fit the adapter; in f16 as well where it can and an operand is stored so. */
export const fittingTiles = (operands: readonly Operand[], facts: KernelFacts): readonly SharedChoice[] => {
  const tiles = fitting({}, facts)
  const halves = facts.f16 === true && operands.some(({ base }) => base.dtype === "f16")
  return halves ? [...fitting({ arithmetic: "f16" }, facts), ...tiles] : tiles
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

/** Vectors of one step of depth that a tile's side holds. */
const sideVectors = (choice: SharedChoice, extent: number): number => (extent / 4) * pitchOf(choice)

/**
 * Workgroup variables of a tile, to stand before the entry point: the depths of two steps for each quad of rows. They are flat arrays,
 * so that tiles of several sizes are one memory where their kernels are one launch.
 */
export const sharedDeclarations = (choice: SharedChoice): string => {
  const vectors = (extent: number): string =>
    `array<vec4<${heldElement(choice)}>, ${stepsHeld * sideVectors(choice, extent)}>`
  return lines(
    statement`var<workgroup> left_tile: ${vectors(choice.rows)};`,
    statement`var<workgroup> right_tile: ${vectors(choice.columns)};`,
  )
}

const component = "xyzw"

const quadRows = ({ heldRows }: SharedChoice): readonly number[] => range(heldRows / 4)
const quadColumns = ({ heldColumns }: SharedChoice): readonly number[] => range(heldColumns / 4)

const sumNames = (choice: SharedChoice, letter: string): readonly string[] =>
  range(choice.heldRows).flatMap((row) => quadColumns(choice).map((quad) => `${letter}${row}_${quad}`))

/** A depth of a step, which is a number where steps are written out, so many vectors further. */
const further = (d: string | number, by: number): Part =>
  typeof d === "number" ? `${d + by}u` : by === 0 ? d : wgsl`${d} + ${by}u`

const multiplyText = (choice: SharedChoice, letter: string, d: string | number): readonly string[] => {
  const { rows, columns, heldRows, heldColumns } = choice
  const widened = (values: Wgsl): Wgsl => (choice.operands === "f16" ? wgsl`vec4<f32>(${values})` : values)
  const place = (quads: number): Part => further(d, quads * pitchOf(choice))
  const left = (h: number): Wgsl => wgsl`left_tile[own_left + ${place((h * rows) / heldRows)}]`
  const right = (q: number): Wgsl => wgsl`right_tile[own_right + ${place((q * columns) / heldColumns)}]`
  return [
    ...quadRows(choice).map((h) => statement`let a${h} = ${widened(left(h))};`),
    ...quadColumns(choice).map((q) => statement`let b${q} = ${widened(right(q))};`),
    ...quadRows(choice).flatMap((h) =>
      range(4).flatMap((r) =>
        quadColumns(choice).map((q) => {
          const sum = `${letter}${4 * h + r}_${q}`
          return statement`${sum} = fma(vec4<${elementOf(choice)}>(a${h}.${component[r]!}), b${q}, ${sum});`
        }),
      ),
    ),
  ]
}

// Written out, places in memory are constants beside one of the invocation's own, and are clamped, where they are, once.
const overDepth = (choice: SharedChoice, letter: string, { rollsLoops = false }: KernelFacts): readonly string[] =>
  rollsLoops
    ? [statement`for (var d = 0u; d < ${choice.depth}u; d++) {`, ...multiplyText(choice, letter, "d"), "}"]
    : range(choice.depth).flatMap((d) => ["{", ...multiplyText(choice, letter, d), "}"])

/** Where the half of the memory starts that is multiplied, for the rows and columns that an invocation holds. */
const ownPlaces = (choice: SharedChoice): readonly string[] => {
  const place = (own: string, extent: number): Wgsl => wgsl`(held * ${extent / 4}u + ${own}) * ${pitchOf(choice)}u`
  return [
    statement`let own_left = ${place("own_row", choice.rows)};`,
    statement`let own_right = ${place("own_column", choice.columns)};`,
  ]
}

// Sums in f16 grow for one step only: eight or sixteen products lose a few bits, a thousand would lose most.
const stepText = (choice: SharedChoice, facts: KernelFacts): readonly string[] => [
  ...ownPlaces(choice),
  ...(choice.arithmetic === "f16"
    ? [
        ...sumNames(choice, "h").map((name) => statement`var ${name} = vec4<f16>();`),
        ...overDepth(choice, "h", facts),
        ...sumNames(choice, "s").map((name) => statement`${name} += vec4<f32>(${name.replace("s", "h")});`),
      ]
    : overDepth(choice, "s", facts)),
]

// Vectors are fetched in blocks of 4×4 and lie by quads of rows in the memory, whichever way they came.
const stagedSide = (side: SharedSide, extent: number): StagedSide => ({
  side,
  extent,
  rows: 4,
  depths: side.vectors === null ? 1 : 4,
})

const fillText = (choice: SharedChoice, { staged, id, row, depth, values }: HeldBlock): readonly string[] => {
  const { name, vectors } = staged.side
  const place = wgsl`(held * ${staged.extent / 4}u + ${row} / 4u) * ${pitchOf(choice)}u + ${depth}`
  const isTurned = vectors === "depths"
  const whole = values.map((_, i) => `${name}_whole${id}_${i}`)
  const narrowed = (value: Wgsl): Wgsl => (heldElement(choice) === "f16" ? wgsl`vec4<f16>(${value})` : value)
  return [
    ...(isTurned ? values.map((value, i) => statement`let ${whole[i]!} = ${value};`) : []),
    ...(isTurned ? turnedOver(whole) : values).map(
      (value, d) => statement`${name}_tile[${place} + ${d}u] = ${narrowed(value)};`,
    ),
  ]
}

/** Neighbouring invocations lie in patches of so many quads of rows by quads of columns, so that few vectors serve all of them. */
const patch = { down: 4, across: 8 } as const

const placeLines = ({ columns, heldColumns }: SharedChoice): readonly string[] => {
  const abreast = columns / heldColumns / patch.across
  const size = patch.down * patch.across
  return [
    statement`let own_row = lane / ${patch.across}u % ${patch.down}u + lane / ${size * abreast}u * ${patch.down}u;`,
    statement`let own_column = lane % ${patch.across}u + lane / ${size}u % ${abreast}u * ${patch.across}u;`,
  ]
}

/** Depths that a workgroup sums: all of its invocations agree on them. */
export interface Stretch {
  readonly begin: string
  readonly end: string
}

/**
 * Sums of a tile of Σk left[row, k]·right[k, column], given `first_left` and `first_right`, the tile's first row and column:
 * invocations hold `s<row>_<quad>`, which `sharedStores` walks. All invocations of a workgroup must reach it.
 */
export const sharedSums = (
  choice: SharedChoice,
  left: SharedSide,
  right: SharedSide,
  facts: KernelFacts,
  { begin, end }: Stretch = { begin: "0u", end: "params.k" },
): string => {
  const { rows, columns, depth } = choice
  const staging: Staging = {
    sides: [stagedSide(left, rows), stagedSide(right, columns)],
    depth,
    invocations: tileInvocations(choice),
  }
  return lines(
    placeLines(choice),
    sumNames(choice, "s").map((name) => statement`var ${name} = vec4<f32>();`),
    stagingText(staging),
    "var held = 1u;",
    statement`for (var k = ${begin}; ; k += ${depth}u) {`,
    // The next step's values are on their way while the last one's are multiplied, and go to the other half of the memory.
    statement`let is_more = k < ${end};`,
    "if (is_more) {",
    fetchStep(staging),
    "}",
    statement`if (k > ${begin}) {`,
    stepText(choice, facts),
    "}",
    "if (!is_more) { break; }",
    "held = 1u - held;",
    fillStep(staging, (block) => fillText(choice, block)),
    "workgroupBarrier();",
    "}",
  )
}

/** Statements for each quad of the output that an invocation holds: its row, its first column, and the name of its sums. */
export const sharedStores = (
  choice: SharedChoice,
  store: (row: Wgsl, column: Wgsl, sums: string) => readonly string[],
): readonly string[] => {
  const { rows, columns, heldRows, heldColumns } = choice
  return range(heldRows).flatMap((r) =>
    quadColumns(choice).flatMap((q) =>
      store(
        wgsl`first_left + (own_row + ${((r >> 2) * rows) / heldRows}u) * 4u + ${r & 3}u`,
        wgsl`first_right + (own_column + ${(q * columns) / heldColumns}u) * 4u`,
        `s${r}_${q}`,
      ),
    ),
  )
}
