import { filledSeconds, type CostModel } from "../../adapter/costModel.ts"
import { invocationsOf, workgroupMemoryOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import type { Numerics } from "../../precision/precision.ts"
import { range } from "../emit/operand.ts"
import type { Half } from "./matrixOperations.ts"
import { tileCount, type Products } from "./workgroupTile.ts"

/**
 * Tile of a product that a workgroup computes by matrix units: `rows` by `columns` of the output, `depth` of the summed axis at a
 * time in workgroup memory as f16, `subRows` by `subColumns` to each subgroup, in matrices of `m`×`n`×`k`.
 */
export type MatrixChoice = {
  readonly rows: number
  readonly columns: number
  readonly depth: number
  readonly subRows: number
  readonly subColumns: number
  readonly m: number
  readonly n: number
  readonly k: number
  /** `f16`: operands rounded. `split`: f32 operands as two f16 each, three products instead of one. */
  readonly operands: "f16" | "split"
  /** Set where the memory holds two steps of depth: one is multiplied while the next one is laid down, with one barrier between. */
  readonly held?: 2
  /** The operand whose matrices come packed from storage and take no memory, where there is one. */
  readonly packed?: "left" | "right"
  /** Depths after which matrices of sums go to f32, where sums are so long that matrix units would cut them short of rounding. */
  readonly drained?: number
}

export type Tile = Pick<MatrixChoice, "rows" | "columns" | "depth" | "subRows" | "subColumns">

const tiles: readonly Tile[] = [
  { rows: 128, columns: 128, depth: 32, subRows: 64, subColumns: 32 },
  { rows: 128, columns: 64, depth: 32, subRows: 32, subColumns: 32 },
  { rows: 96, columns: 64, depth: 32, subRows: 32, subColumns: 32 },
  { rows: 64, columns: 64, depth: 32, subRows: 32, subColumns: 32 },
  { rows: 64, columns: 64, depth: 16, subRows: 32, subColumns: 16 },
  { rows: 32, columns: 64, depth: 32, subRows: 16, subColumns: 32 },
  { rows: 32, columns: 32, depth: 16, subRows: 16, subColumns: 16 },
  { rows: 144, columns: 64, depth: 32, subRows: 48, subColumns: 32 },
  { rows: 256, columns: 128, depth: 32, subRows: 64, subColumns: 64 },
]

const subgroupsOf = ({ rows, columns, subRows, subColumns }: Tile): number => (rows / subRows) * (columns / subColumns)

/** Invocations of a workgroup, given the size of a subgroup. */
export const matrixInvocations = (choice: Tile, subgroupSize: number): number => subgroupsOf(choice) * subgroupSize

export const halvesOf = ({ operands }: Pick<MatrixChoice, "operands">): readonly Half[] =>
  operands === "split" ? ["high", "low"] : ["high"]

// Lines of a tile lie apart by a little more than a power of two, so that they meet in different banks.
const padding = 8

/** Elements from one line of a tile to the next. */
export const pitchOf = (extent: number): number => extent + padding

/** Elements of an operand's tile of so many rows, however it lies: tiles of one type are one memory to kernels that share a launch. */
const tileElements = (rows: number, depth: number): number => Math.max(rows * pitchOf(depth), depth * pitchOf(rows))

/** Steps of depth that the memory holds. */
export const stepsHeld = ({ held }: Pick<MatrixChoice, "held">): number => held ?? 1

/** Elements of an operand's tile in the memory, of all steps that it holds: none where it comes packed. */
export const heldElements = (choice: MatrixChoice, side: "left" | "right"): number =>
  choice.packed === side
    ? 0
    : stepsHeld(choice) * tileElements(side === "left" ? choice.rows : choice.columns, choice.depth)

export const operandBytes = (choice: MatrixChoice): number =>
  2 * halvesOf(choice).length * (heldElements(choice, "left") + heldElements(choice, "right"))

const bytesOf = (choice: MatrixChoice): number => operandBytes(choice) + 4 * sumElements(choice, choice.n)

/** The largest matrices of f16 with sums in f32 that the adapter multiplies: one shape, or none. */
export const fittingMatrices = ({ matrixUnits }: KernelFacts): readonly Pick<MatrixChoice, "m" | "n" | "k">[] =>
  (matrixUnits?.shapes ?? [])
    .filter((shape) => shape.operands === "f16" && shape.sums === "f32")
    .toSorted((a, b) => b.m * b.n * b.k - a.m * a.n * a.k)
    .slice(0, 1)
    .map(({ m, n, k }) => ({ m, n, k }))

const isEven = ({ subRows, subColumns, depth, m, n, k }: MatrixChoice): boolean =>
  subRows % m === 0 && subColumns % n === 0 && depth % k === 0

/** Whether the adapter's limits allow a tile of such matrices. */
const fits = (choice: MatrixChoice, facts: KernelFacts): boolean =>
  isEven(choice) &&
  matrixInvocations(choice, facts.subgroupSize) <= invocationsOf(facts) &&
  bytesOf(choice) <= workgroupMemoryOf(facts)

// A barrier costs least beside the three products of split operands, and memory may keep a kernel from sharing a launch.
const heldOnceOrTwice = (once: MatrixChoice): readonly MatrixChoice[] => {
  const twice = { ...once, held: 2 } as const
  return once.operands === "split" ? [once, twice] : [twice, once]
}

const choicesOf = (tiles: readonly Tile[], more: Pick<MatrixChoice, "operands" | "packed">, facts: KernelFacts) =>
  fittingMatrices(facts)
    .flatMap((matrices) => tiles.map((tile): MatrixChoice => ({ ...tile, ...matrices, ...more })))
    .flatMap(heldOnceOrTwice)
    .filter((choice) => fits(choice, facts))

/** Tiles that the adapter's matrix units and limits allow. */
export const fittingMatrixTiles = (operands: MatrixChoice["operands"], facts: KernelFacts): readonly MatrixChoice[] =>
  choicesOf(tiles, { operands }, facts)

/** Edge of the fragments that packed operands lie in: whole matrices of one. */
export const fragmentEdge = 16

/**
 * Registers of an invocation: sums, and those that were taken to f32; two steps of the packed matrices, one depth of the others', and what
 * is fetched of them.
 */
export const packedRegisters = (choice: MatrixChoice, size: number): number => {
  const { rows, columns, subRows, subColumns, depth, k, packed, drained } = choice
  const [own, other, fetched] = packed === "left" ? [subRows, subColumns, columns] : [subColumns, subRows, rows]
  const halves = halvesOf(choice).length
  const sums = (subRows * subColumns * (drained === undefined ? 1 : 2)) / size
  const matrices = (halves * (2 * own * depth + other * k)) / 2 / size
  return sums + matrices + (fetched * depth) / matrixInvocations(choice, size)
}

/** The same with one operand's matrices packed. */
export const fittingPackedTiles = (
  operands: MatrixChoice["operands"],
  packed: NonNullable<MatrixChoice["packed"]>,
  facts: KernelFacts,
): readonly MatrixChoice[] =>
  choicesOf(tiles, { operands, packed }, facts).filter(({ m, n, k }) =>
    [m, n, k].every((extent) => fragmentEdge % extent === 0),
  )

export const matrixNumerics = ({ operands }: MatrixChoice): Numerics => (operands === "split" ? "split" : "f16")

/** Depths that matrices of split operands sum at most: rounded towards 0, longer sums drift by more than f32 does. */
export const longestSum = 1024

/** Whether a core is known to have memory for two such workgroups, one of which computes while the other waits. */
const leavesMemory = (choice: MatrixChoice, { coreMemory = 0 }: CostModel): boolean => 2 * bytesOf(choice) <= coreMemory

// Loads of a step of depth beside its products, and that sums pass through the memory now and then.
const loadShare = ({ rows, columns, drained }: Tile & Pick<MatrixChoice, "drained">): number =>
  (40 * (rows + columns)) / (rows * columns) + (drained === undefined ? 0 : 16 / drained)

// A second step is in the way of a second workgroup where nobody knows that both fit.
const crowding = (choice: MatrixChoice, model: CostModel): number =>
  choice.held === 2 && !leavesMemory(choice, model) ? 1.02 : 1

/** Seconds that such tiles are expected to take: those that hang over count whole, and few leave cores idle. */
export const matrixSeconds = (products: Products, choice: MatrixChoice, model: CostModel): number =>
  filledSeconds(model, choice.operands === "split" ? "matrixSplit" : "matrixHalf", {
    workgroups:
      Math.ceil(products.rows / choice.rows) * Math.ceil(products.columns / choice.columns) * products.products,
    flops: 2 * choice.rows * choice.columns * products.depth * (1 + loadShare(choice)) * 0.8 * crowding(choice, model),
  })

/** Workgroups that tile a product. */
export const matrixTileCount = (products: Products, tile: Tile): number => tileCount(products, tile)

/** Columns of sums that a subgroup's place has: of as many neighbouring matrices as `room`, in bytes, holds. */
export const sumColumns = (choice: MatrixChoice, room: number): number => {
  const abreast = choice.subColumns / choice.n
  const bytes = 4 * subgroupsOf(choice) * choice.m * choice.n
  const fitting = range(abreast).filter((i) => abreast % (i + 1) === 0 && bytes * (i + 1) <= room)
  return ((fitting.at(-1) ?? 0) + 1) * choice.n
}

/** Elements of all places of sums. */
export const sumElements = (choice: MatrixChoice, wide: number): number => subgroupsOf(choice) * choice.m * wide
