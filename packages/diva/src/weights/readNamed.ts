import { Effect } from "effect"
import { sizeOf } from "@diva/tensor"
import type { Gpu } from "../gpu/gpu.ts"
import type { MachineArray } from "../gpu/machineArray.ts"
import type { NamedArrays } from "./namedArrays.ts"

/** A read copies on the machine first: no more than this at once, unless one tensor is larger. */
const chunkBytes = 2 ** 28

type Entry = readonly [string, MachineArray]

const bytesOf = ([, { shape }]: Entry): number => 4 * sizeOf(shape)

/** Consecutive entries, together at most `chunkBytes`. */
const chunksOf = (entries: Iterable<Entry>): readonly (readonly Entry[])[] => {
  const chunks: Entry[][] = [[]]
  let filled = 0
  for (const entry of entries) {
    if (filled > 0 && filled + bytesOf(entry) > chunkBytes) {
      chunks.push([])
      filled = 0
    }
    chunks.at(-1)!.push(entry)
    filled += bytesOf(entry)
  }
  return chunks
}

/** Reads named arrays back, a part at a time: a run's parameters may exceed the largest buffer. Errors: `DeviceLost`, `StaleArray`. */
export const readNamed = Effect.fnUntraced(function* (gpu: Gpu["Service"], arrays: ReadonlyMap<string, MachineArray>) {
  const read: NamedArrays[] = []
  for (const chunk of chunksOf(arrays)) {
    const host = yield* gpu.read(chunk.map(([, array]) => array))
    read.push(new Map(chunk.map(([name], i) => [name, host[i]!])))
  }
  const all: NamedArrays = new Map(read.flatMap((part) => [...part]))
  return all
})
