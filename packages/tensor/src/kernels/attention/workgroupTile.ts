import { invocationsOf, workgroupMemoryOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import { filledSeconds, type CostModel } from "../../adapter/costModel.ts"

/**
 * What a workgroup computes: `columns` columns of the result for `rows` tokens, which meet `others` tokens at a time. Each of its
 * invocations holds the scores of `held` rows and four others, and the sums of as many rows.
 */
export type SharedTokens = {
  readonly rows: number
  readonly others: number
  readonly columns: number
  readonly held: 4 | 8
}

type Tile = Omit<SharedTokens, "columns">

const tiles: readonly Tile[] = [
  { rows: 128, others: 32, held: 8 },
  { rows: 64, others: 64, held: 4 },
  { rows: 64, others: 32, held: 4 },
  { rows: 32, others: 32, held: 4 },
]

/** Elements of each token that are in the memory at a time. */
export const stretch = 16

/** Where everything lies in the memory, in vectors of four. */
export interface Layout {
  readonly invocations: number
  /** Quads of rows, and of other tokens. */
  readonly rowQuads: number
  readonly otherQuads: number
  /** Invocations that share rows are neighbours: there are `otherQuads` of them. This many groups of them there are. */
  readonly rowLanes: number
  /** From one element of the tokens to the next: one more than their quads, so that neighbours meet in no bank of the memory. */
  readonly rowStride: number
  readonly otherStride: number
  /** The tile of rows, then that of others; the tokens that weights are applied to take the place of both. */
  readonly tile: number
  readonly weights: number
}

export const layoutOf = ({ rows, others, held }: Tile): Layout => {
  const [rowQuads, otherQuads, rowLanes] = [rows / 4, others / 4, rows / held]
  const [rowStride, otherStride] = [rowQuads + 1, otherQuads + 1]
  return {
    invocations: rowLanes * otherQuads,
    rowQuads,
    otherQuads,
    rowLanes,
    rowStride,
    otherStride,
    tile: stretch * (rowStride + otherStride),
    weights: others * rowQuads,
  }
}

/** Tokens whose columns fit the memory at a time, a power of two. */
export const appliedTogether = (choice: SharedTokens): number =>
  Math.min(choice.others, 2 ** Math.floor(Math.log2(layoutOf(choice).tile / (choice.columns / 4))))

/** Vectors of sums that an invocation may hold beside its scores. */
const sumVectors = 32

// As few blocks of columns as registers allow, since each computes the scores again, and as narrow as they can then be.
const columnsOf = ({ others, held }: Tile, width: number, results: number): number => {
  const most = others * Math.floor(sumVectors / (held * results))
  const blocks = Math.ceil(width / most)
  return others * Math.ceil(width / blocks / others)
}

/** Tiles that fit the adapter, for `results` results of `width` columns. */
export const fittingTokens = (width: number, results: number, facts: KernelFacts): readonly SharedTokens[] =>
  tiles
    .filter((tile) => {
      const { invocations, tile: quads, weights } = layoutOf(tile)
      return 16 * (quads + weights) <= workgroupMemoryOf(facts) && invocations <= invocationsOf(facts)
    })
    .map((tile) => ({ ...tile, columns: columnsOf(tile, width, results) }))

/** What one pass computes. */
export interface TokenProducts {
  readonly heads: number
  readonly rows: number
  readonly others: number
  /** Widest result, and how many there are. */
  readonly width: number
  readonly results: number
  /** Lengths of the products that the scores take. */
  readonly scored: readonly number[]
}

export const blockCount = ({ rows, heads, width }: TokenProducts, choice: SharedTokens): number =>
  heads * Math.ceil(rows / choice.rows) * Math.ceil(width / choice.columns)

// Vectors read from the memory for each multiply-add, where one of eight makes the reads as long as the multiply-adds.
const slowdown = (rowQuads: number, otherQuads: number): number =>
  1 + (8 * (rowQuads + otherQuads)) / (16 * rowQuads * otherQuads)

/**
 * How much longer a block takes than its multiply-adds and reads of the memory, since own tokens come from storage again for each, and
 * all of them element by element: measured on an NVIDIA H200 at heads of 64.
 */
const staging = 2

/** Seconds that such tiles are expected to take: those that hang over count whole, and few leave cores idle. */
export const tokenSeconds = (products: TokenProducts, choice: SharedTokens, model: CostModel): number => {
  const { rows, others, columns, held } = choice
  const scores = products.scored.reduce((sum, length) => sum + stretch * Math.ceil(length / stretch), 0)
  const pairs = rows * others * Math.ceil(products.others / others)
  return filledSeconds(model, "workgroup", {
    workgroups: blockCount(products, choice),
    flops:
      2 *
      staging *
      pairs *
      (scores * slowdown(held / 4, 1) + products.results * columns * slowdown(held / 4, columns / others)),
  })
}
