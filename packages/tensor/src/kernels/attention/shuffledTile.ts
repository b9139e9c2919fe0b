import { filledSeconds, type CostModel } from "../../adapter/costModel.ts"
import { invocationsOf, workgroupMemoryOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import type { TokenProducts } from "./workgroupTile.ts"

/**
 * What a workgroup computes: results of `rows` tokens, which meet `others` tokens at a time. `across` neighbours of one subgroup share
 * `held` rows: each has the scores of every `across`-th other, and the sums of every `across`-th vector of columns.
 */
export type ShuffledTokens = {
  readonly rows: number
  readonly others: number
  readonly across: number
  readonly held: 4 | 8
  /** Operands of others that are in the memory at a time: both, or one in turn. */
  readonly places: 1 | 2
  /** Workgroups that share the others, each a stretch of them. */
  readonly parts: number
}

type Tile = Omit<ShuffledTokens, "parts">

const tiles: readonly Tile[] = [
  { rows: 64, others: 64, across: 16, held: 4, places: 2 },
  { rows: 64, others: 32, across: 8, held: 4, places: 2 },
  { rows: 64, others: 64, across: 16, held: 4, places: 1 },
  { rows: 64, others: 32, across: 8, held: 4, places: 1 },
  { rows: 64, others: 32, across: 8, held: 8, places: 2 },
  { rows: 64, others: 32, across: 8, held: 8, places: 1 },
  { rows: 32, others: 32, across: 8, held: 4, places: 2 },
  { rows: 32, others: 32, across: 8, held: 4, places: 1 },
  { rows: 16, others: 16, across: 8, held: 4, places: 1 },
]

/** Rows of the memory are turned against each other by so many vectors, so that neighbours of a column meet in no bank of it. */
export const turned = 8

/** What a pass multiplies: as `TokenProducts`, and how many tensors of its own tokens it keeps. */
export interface ShuffledProducts extends TokenProducts {
  readonly own: 1 | 2
}

/** Vectors of four in a row of the memory: whole shares for all neighbours. */
export const pitchOf = (width: number, { across }: Pick<ShuffledTokens, "across">): number =>
  Math.ceil(width / 4 / across) * across

const widestOf = ({ width, scored }: TokenProducts): number => Math.max(width, ...scored)

export const shuffledInvocations = ({ rows, held, across }: Tile): number => (rows / held) * across

const bytesOf = ({ own, ...products }: ShuffledProducts, tile: Tile): number =>
  16 * pitchOf(widestOf(products), tile) * (own * tile.rows + tile.places * tile.others)

/** Registers that an invocation may hold sums and scores in. */
const sumRegisters = 160

const registersOf = ({ results, scored, ...products }: ShuffledProducts, tile: Tile): number => {
  const { held, others, across } = tile
  const columns = (4 * pitchOf(widestOf({ results, scored, ...products }), tile)) / across
  return held * (results * columns + (scored.length * others) / across)
}

/** Tiles that fit the adapter. */
export const fittingShuffled = (products: ShuffledProducts, facts: KernelFacts): readonly ShuffledTokens[] =>
  tiles
    .filter(
      (tile) =>
        tile.across <= facts.subgroupSize &&
        shuffledInvocations(tile) % facts.subgroupSize === 0 &&
        shuffledInvocations(tile) <= invocationsOf(facts) &&
        bytesOf(products, tile) <= workgroupMemoryOf(facts) &&
        registersOf(products, tile) <= sumRegisters,
    )
    .map((tile) => ({ ...tile, parts: 1 }))

export const shuffledBlocks = ({ rows, heads }: TokenProducts, { parts, ...tile }: ShuffledTokens): number =>
  heads * Math.ceil(rows / tile.rows) * parts

// Reads of the memory beside multiply-adds, where one of eight takes as long as these; a shuffle is half a read.
const slowdown = (reads: number, multiplications: number): number => 1 + (8 * reads) / multiplications

// An H200 took two to four times as long as reads, shuffles and multiply-adds account for, longest for the queries' gradients: the tiles in
// workgroup memory are as fast or faster there. A tuner may find an adapter for which it is the other way round.
const asMeasured = 2.5

/** Seconds that such tiles are expected to take: those that hang over count whole, and few leave cores idle. */
export const shuffledSeconds = (products: ShuffledProducts, choice: ShuffledTokens, model: CostModel): number => {
  const { rows, others, across, held, parts, places } = choice
  const pitch = pitchOf(widestOf(products), choice)
  const [met, columns] = [others / across, pitch / across]
  const scores = products.scored.length * slowdown(held + met, 4 * held * met)
  const sums = products.results * slowdown(columns + held / 2, 4 * held * columns)
  const pairs = rows * others * Math.ceil(products.others / parts / others)
  // What a block of others costs besides: waiting for them, twice or thrice where they come in turn.
  const waits = 1 + (2 / others) * (places === 1 ? 2 : 1)
  return filledSeconds(model, "workgroup", {
    workgroups: shuffledBlocks(products, choice),
    flops: 2 * pairs * 4 * pitch * (scores + sums) * waits * asMeasured,
  })
}
