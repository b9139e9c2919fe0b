/** Which sample of which shard. */
export interface SampleRef {
  readonly shard: number
  readonly sample: number
}

/**
 * Where a run stands in its data: two whole numbers are the whole state. `position` counts the samples of an epoch that
 * have been used.
 */
export interface DataPosition {
  readonly epoch: number
  readonly position: number
}

/** The samples of one epoch: a bijection from 0 … count − 1 to all samples of all shards. */
export interface EpochOrder {
  readonly count: number
  readonly at: (position: number) => SampleRef
}

/** An order of all samples for every epoch, given how many samples each shard has. */
export type DataOrder = (counts: readonly number[], seed: number, epoch: number) => EpochOrder

/** `steps` samples further; past the end of an epoch the next one begins. */
export const advance = ({ epoch, position }: DataPosition, steps: number, count: number): DataPosition => ({
  epoch: epoch + Math.floor((position + steps) / count),
  position: (position + steps) % count,
})

/** Where each shard begins in the list of all samples, and after the last its length. */
export const shardStarts = (counts: readonly number[]): readonly number[] => {
  const starts = [0]
  for (const count of counts) starts.push((starts.at(-1) as number) + count)
  return starts
}

/** The last shard that begins at or before `index`, by bisection; empty shards are passed over. */
export const locate = (starts: readonly number[], index: number): SampleRef => {
  let low = 0
  let high = starts.length - 1
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((starts[middle] as number) <= index) low = middle
    else high = middle
  }
  return { shard: low, sample: index - (starts[low] as number) }
}
