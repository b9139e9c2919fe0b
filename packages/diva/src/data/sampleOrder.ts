import { type DataOrder, locate, shardStarts } from "./dataOrder.ts"
import { permutation } from "./permutation.ts"
import { dataKey, partKey } from "./threefry.ts"

/**
 * All samples of all shards in one random order: as good as shuffling gets, at the cost of reading from anywhere.
 * A pure function of (counts, seed, epoch).
 */
export const sampleOrder: DataOrder = (counts, seed, epoch) => {
  const starts = shardStarts(counts)
  const order = permutation(partKey(dataKey(seed), epoch), starts.at(-1) as number)
  return { count: order.length, at: (position) => locate(starts, order[position] as number) }
}
