import { hostPart, hostPermutation } from "@diva/tensor/random"
import { dataKey } from "./dataKey.ts"
import { type DataOrder, locate, shardStarts } from "./dataOrder.ts"

/**
 * Shards in random order, and the samples of each in random order: reads stay inside one shard at a time, which slow
 * or remote disks need. A pure function of (counts, seed, epoch).
 */
export const shardOrder: DataOrder = (counts, seed, epoch) => {
  const key = hostPart(dataKey(seed), epoch)
  const shards = hostPermutation(key, counts.length)
  const starts = shardStarts(Array.from(shards, (shard) => counts[shard] as number))
  const withinShard = new Map<number, Uint32Array>()
  const samplesOf = (shard: number): Uint32Array => {
    const known = withinShard.get(shard)
    const samples = known ?? hostPermutation(hostPart(key, shard), counts[shard] as number)
    if (known === undefined) withinShard.set(shard, samples)
    return samples
  }
  return {
    count: starts.at(-1) as number,
    at: (position) => {
      const { shard: place, sample } = locate(starts, position)
      const shard = shards[place] as number
      return { shard, sample: samplesOf(shard)[sample] as number }
    },
  }
}
