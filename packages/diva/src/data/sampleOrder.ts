import { hostPart, hostPermutation } from "@diva/tensor/random"
import { dataKey } from "./dataKey.ts"
import { type DataOrder, locate, shardStarts } from "./dataOrder.ts"

/**
 * All samples of all shards in one random order: as good as shuffling gets, at the cost of reading from anywhere.
 * A pure function of (counts, seed, epoch).
 */
export const sampleOrder: DataOrder = (counts, seed, epoch) => {
  const starts = shardStarts(counts)
  const order = hostPermutation(hostPart(dataKey(seed), epoch), starts.at(-1) as number)
  return { count: order.length, at: (position) => locate(starts, order[position] as number) }
}
