import { hostBelow, hostPart, hostPermutation, type HostKey } from "@diva/tensor/random"
import { dataKey } from "./dataKey.ts"
import { type DataOrder, locate, shardStarts } from "./dataOrder.ts"

/** Draw n of independent whole numbers in [0, bound). */
export type Draws = (n: number, bound: number) => number

/**
 * The order in which a buffer of `size` gives 0 … count − 1: filled first, then each further number takes the place of a drawn one,
 * which is given; at the end the rest is given in drawn order. Places are draws 0, 1, …; the rest is put in order by `restDraws`.
 * Source: huggingface/datasets 2.17.1 iterable_dataset.py, BufferShuffledExamplesIterable.
 */
export const reservoirOrder = (count: number, size: number, draws: Draws, restDraws: Draws): Uint32Array => {
  const filled = Math.min(count, size)
  const buffer = Uint32Array.from({ length: filled }, (_, i) => i)
  const order = new Uint32Array(count)
  for (let next = filled; next < count; next++) {
    const place = draws(next - filled, size)
    order[next - filled] = buffer[place] as number
    buffer[place] = next
  }
  for (let last = filled - 1; last > 0; last--) {
    const chosen = restDraws(last, last + 1)
    const held = buffer[last] as number
    buffer[last] = buffer[chosen] as number
    buffer[chosen] = held
  }
  order.set(buffer, count - filled)
  return order
}

/**
 * The same of a buffer that begins to give when it holds `initial`, and meanwhile takes two for each that it gives, until it is full.
 * Source: webdataset filters.py, `_shuffle`.
 */
export const growingOrder = (count: number, size: number, initial: number, draws: Draws): Uint32Array => {
  const buffer: number[] = []
  const order = new Uint32Array(count)
  const least = Math.min(initial, size)
  let given = 0
  const give = (): void => {
    const chosen = draws(given, buffer.length)
    order[given++] = buffer[chosen] as number
    const last = buffer.pop() as number
    if (chosen < buffer.length) buffer[chosen] = last
  }
  for (let next = 0; next < count;) {
    buffer.push(next++)
    if (buffer.length < size && next < count) buffer.push(next++)
    if (buffer.length >= least) give()
  }
  while (buffer.length > 0) give()
  return order
}

/** A buffer that samples go through, shard by shard in random order; `title` names it in manifests. */
export interface ShuffleBuffer {
  readonly title: string
  readonly order: DataOrder
}

const drawsOf =
  (key: HostKey): Draws =>
  (n, bound) =>
    hostBelow(key, n, bound)

/** What goes into the buffer: all samples of one shard after those of another. */
const throughBuffer =
  (through: (count: number, key: HostKey) => Uint32Array): DataOrder =>
  (counts, seed, epoch) => {
    const key = hostPart(dataKey(seed), epoch)
    const shards = hostPermutation(key, counts.length)
    const starts = shardStarts(Array.from(shards, (shard) => counts[shard] as number))
    const order = through(starts.at(-1) as number, key)
    return {
      count: order.length,
      at: (position) => {
        const { shard, sample } = locate(starts, order[position] as number)
        return { shard: shards[shard] as number, sample }
      },
    }
  }

// Shards have the parts 0, 1, … of an epoch's key.
const placesPart = 2 ** 40
const restPart = 2 ** 40 + 1

/**
 * The original's shuffle: shards in random order through a reservoir of `size` samples (2,000 there, of every loader worker its own).
 * A sample is given at most `size` places before its own, so that reads stay near one another. A pure function of (counts, seed,
 * epoch): no sample is held, and a run can be resumed anywhere.
 */
export const reservoir = (size = 2000): ShuffleBuffer => ({
  title: `reservoir(${size})`,
  order: throughBuffer((count, key) =>
    reservoirOrder(count, size, drawsOf(hostPart(key, placesPart)), drawsOf(hostPart(key, restPart))),
  ),
})

/** webdataset's `shuffle(size, initial)`: as `reservoir`, but giving from `initial` samples on. */
export const growingBuffer = (size = 1000, initial = 100): ShuffleBuffer => ({
  title: `webdataset(${size}, ${initial})`,
  order: throughBuffer((count, key) => growingOrder(count, size, initial, drawsOf(hostPart(key, placesPart)))),
})
