import { filledSeconds, type CostModel } from "../../adapter/costModel.ts"
import { invocationsOf, workgroupMemoryOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import { halvesOf, pitchOf } from "../tiles/matrixChoice.ts"
import type { TokenProducts } from "./workgroupTile.ts"

/**
 * What a workgroup computes by matrix units: the results of `rows` tokens, which meet `others` tokens at a time. A subgroup owns
 * `subRows` rows and one of `across` shares of their columns; operands pass the memory `chunk` columns at a time.
 */
export type MatrixTokens = {
  readonly rows: number
  readonly others: number
  readonly subRows: number
  readonly across: number
  readonly chunk: number
  readonly m: number
  readonly n: number
  readonly k: number
  /** `f16`: operands rounded. `split`: f32 operands as two f16 each, three products instead of one. */
  readonly operands: "f16" | "split"
  /** Workgroups that share the others, each a stretch of them. */
  readonly parts: number
}

type Tile = Pick<MatrixTokens, "rows" | "others" | "subRows" | "across">

/** Whole rows of operands in the memory, those of the workgroup's own tokens in registers. */
const narrowTiles: readonly Tile[] = [
  { rows: 64, others: 32, subRows: 16, across: 1 },
  { rows: 64, others: 64, subRows: 16, across: 1 },
  { rows: 128, others: 32, subRows: 32, across: 1 },
  { rows: 32, others: 32, subRows: 16, across: 1 },
  { rows: 32, others: 32, subRows: 8, across: 1 },
]

/** Rows that no subgroup can hold: four share them, and operands come chunk by chunk. */
const wideTiles: readonly Tile[] = [
  { rows: 64, others: 64, subRows: 32, across: 4 },
  { rows: 32, others: 64, subRows: 16, across: 4 },
]

/** Columns of a chunk of wide rows. */
const wideChunk = 64

/** Wider rows than this always pass the memory in chunks. */
const widestWhole = 128

/** Registers of an invocation that matrices may take beside all else. */
const matrixRegisters = 176

/** What a pass multiplies: as `TokenProducts`, and the tensors of its own tokens and of others. */
export interface MatrixProducts extends TokenProducts {
  /** Tensors of the workgroup's own tokens, and of the others. */
  readonly operands: 1 | 2
}

/** A width in whole matrices of a shape. */
export const paddedTo = (width: number, { n, k }: Pick<MatrixTokens, "n" | "k">): number => {
  const unit = Math.max(n, k)
  return Math.ceil(width / unit) * unit
}

/** Whether own tokens stay in registers, and others pass the memory in whole rows. */
export const isWhole = ({ across }: Pick<MatrixTokens, "across">): boolean => across === 1

const subgroupsOf = ({ rows, subRows, across }: Tile): number => (rows / subRows) * across

export const tokenInvocations = (choice: Tile, size: number): number => subgroupsOf(choice) * size

/** Invocations, neighbours all of them, that share a row of scores. */
export const rowLanes = ({ rows, ...tile }: Tile, size: number): number =>
  (subgroupsOf({ rows, ...tile }) * size) / rows

/** From one row of scores to the next, in f32. */
export const scorePitch = ({ others }: Tile): number => others + 4

const bytesOf = (choice: MatrixTokens, { operands }: MatrixProducts): number => {
  const { rows, others, chunk } = choice
  const halves = 2 * halvesOf(choice).length
  const weights = halves * rows * pitchOf(others)
  const scores = 4 * operands * rows * scorePitch(choice)
  const staged = halves * others * pitchOf(chunk)
  return isWhole(choice)
    ? 2 * staged + weights + scores
    : staged + Math.max(weights, halves * rows * pitchOf(chunk)) + scores
}

const registersOf = (choice: MatrixTokens, { operands, results, width }: MatrixProducts, size: number): number => {
  const { subRows, across } = choice
  const sums = (results * subRows * paddedTo(width, choice)) / across / size
  const kept = isWhole(choice) ? (operands * halvesOf(choice).length * subRows * choice.chunk) / 2 / size : 0
  return sums + kept
}

const isEven = ({ rows, others, subRows, across, chunk, m, n, k }: MatrixTokens, size: number): boolean => {
  const lanes = (subgroupsOf({ rows, others, subRows, across }) * size) / rows
  return (
    subRows % m === 0 &&
    (others / across) % n === 0 &&
    others % k === 0 &&
    (chunk / across) % n === 0 &&
    chunk % k === 0 &&
    // Rows of scores are folded by neighbours of one subgroup, a vector of four each or several.
    Number.isInteger(lanes) &&
    lanes <= size &&
    others % (4 * lanes) === 0 &&
    (m * n) % size === 0
  )
}

/** Registers that what is fetched for the next block may fill up with matrices. */
const registersAhead = 192

/** Whether an invocation has registers for its share of the next block of others, fetched while one is computed. */
export const fetchesAhead = (choice: MatrixTokens, products: MatrixProducts, size: number): boolean => {
  const fetched = (2 * choice.others * choice.chunk) / tokenInvocations(choice, size)
  return isWhole(choice) && registersOf(choice, products, size) + fetched <= registersAhead
}

/** Whether the memory holds the weights of both results of a pass at a time. */
export const holdsBothWeights = (choice: MatrixTokens, products: MatrixProducts, facts: KernelFacts): boolean => {
  const { rows, others } = choice
  const more = 2 * halvesOf(choice).length * rows * pitchOf(others) + 8 * others
  return products.results === 2 && isWhole(choice) && bytesOf(choice, products) + more <= workgroupMemoryOf(facts)
}

/** Tiles that the adapter's matrix units and limits allow; first those of the largest matrices. */
export const fittingMatrixTokens = (
  operands: MatrixTokens["operands"],
  products: MatrixProducts,
  facts: KernelFacts,
): readonly MatrixTokens[] => {
  const widest = Math.max(products.width, ...products.scored)
  return (facts.matrixUnits?.shapes ?? [])
    .filter((shape) => shape.operands === "f16" && shape.sums === "f32")
    .toSorted((a, b) => b.m * b.n * b.k - a.m * a.n * a.k)
    .slice(0, 1)
    .flatMap(({ m, n, k }) => {
      const whole = paddedTo(widest, { n, k })
      const tiles = [
        ...(whole <= widestWhole ? narrowTiles.map((tile) => ({ ...tile, chunk: whole })) : []),
        ...(whole > wideChunk ? wideTiles.map((tile) => ({ ...tile, chunk: wideChunk })) : []),
      ]
      return tiles.map((tile): MatrixTokens => ({ ...tile, m, n, k, operands, parts: 1 }))
    })
    .filter(
      (choice) =>
        isEven(choice, facts.subgroupSize) &&
        tokenInvocations(choice, facts.subgroupSize) <= invocationsOf(facts) &&
        bytesOf(choice, products) <= workgroupMemoryOf(facts) &&
        registersOf(choice, products, facts.subgroupSize) <= matrixRegisters,
    )
}

export const matrixBlockCount = ({ rows, heads }: TokenProducts, choice: MatrixTokens): number =>
  heads * Math.ceil(rows / choice.rows) * choice.parts

/**
 * How much longer products take here than in contractions by the same units, since scores leave the matrices for the softmax and
 * come back: measured on an NVIDIA H200 at heads of 64 with as many keys as queries. Wide rows fetch their own tokens again for
 * every block of others; that they take twice as long is an estimate.
 */
const slowdownOf = ({ operands }: MatrixTokens, { results }: TokenProducts): number =>
  operands === "f16" ? 1.8 : results === 2 ? 3.1 : 1.85

/** Seconds that such tiles are expected to take: those that hang over count whole, and few leave cores idle. */
export const matrixTokenSeconds = (products: MatrixProducts, choice: MatrixTokens, model: CostModel): number => {
  const { rows, others, parts } = choice
  const columns =
    products.scored.reduce((sum, width) => sum + paddedTo(width, choice), 0) +
    products.results * paddedTo(products.width, choice)
  const steps = Math.ceil(products.others / parts / others)
  const wide = isWhole(choice) ? 1 : 2
  // Others are fetched once for all rows of a workgroup; what a block costs besides is a few columns of it.
  const loads = 1 + 24 / rows + 4 / others
  return filledSeconds(model, operandLoop(choice), {
    workgroups: matrixBlockCount(products, choice),
    flops: 2 * rows * others * steps * columns * slowdownOf(choice, products) * wide * (loads / 1.5),
  })
}

const operandLoop = ({ operands }: MatrixTokens): "matrixHalf" | "matrixSplit" =>
  operands === "split" ? "matrixSplit" : "matrixHalf"
