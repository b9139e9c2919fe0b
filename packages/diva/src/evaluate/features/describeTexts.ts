import { Effect, Stream, type Scope } from "effect"
import type { HostArray } from "@diva/tensor"
import { fromEither } from "../../fromEither.ts"
import { EvaluationEvents } from "../evaluationEvents.ts"
import { busyClock } from "./busyClock.ts"
import type { Gpu } from "../../gpu/gpu.ts"
import type { FeaturesError } from "./features.ts"
import { inBatches } from "./inBatches.ts"
import type { Tower } from "./tower.ts"
import { keyOf, type VectorCache } from "./vectorCache.ts"
import type { VectorTable } from "./vectorTable.ts"

export interface TextWork {
  readonly tower: Tower
  readonly cache: VectorCache
  readonly batch: number
}

/** A group of texts whose vector is not known: its rows of ids, and the sum of the unit vectors computed so far. */
interface Group {
  readonly key: string
  readonly rows: readonly Int32Array[]
  readonly sum: Float64Array
}

interface Row {
  readonly group: Group
  readonly ids: Int32Array
}

const unit = (sum: Float64Array): Float32Array => {
  const length = Math.hypot(...sum)
  return Float32Array.from(sum, (x) => x / length)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/**
 * One unit vector for each group of texts, each group computed once for these weights. Groups of the same ids share one.
 * Errors: `TextTooLong` where the tokenizer refuses, those of the tower.
 */
export const describeTexts = Effect.fn("describeTexts")(function* (
  { tower, cache, batch }: TextWork,
  groups: readonly (readonly string[])[],
): Effect.fn.Return<VectorTable, FeaturesError, Gpu | EvaluationEvents | Scope.Scope> {
  const { tokenizer, width } = tower
  const { context } = tokenizer
  const clock = yield* busyClock
  const keys: string[] = []
  const missing = new Map<string, Group>()
  let known = 0
  for (const texts of groups) {
    const rows: Int32Array[] = []
    for (const text of texts) rows.push(yield* fromEither(tokenizer.row(text)))
    const key = keyOf(...rows.map(bytesOf))
    keys.push(key)
    if (cache.get(key) === undefined) missing.set(key, { key, rows, sum: new Float64Array(width) })
    else known++
  }
  const send = yield* Effect.cached(tower.openTexts(batch))
  const vectors = new Map<string, Float32Array>()
  const add = ({ sum }: Group, vector: ArrayLike<number>): void => {
    for (let i = 0; i < width; i++) sum[i]! += vector[i]!
  }
  const waiting = [...missing.values()].flatMap((group) => group.rows.map((ids): Row => ({ group, ids })))
  yield* inBatches(Stream.fromIterable(waiting), {
    size: batch,
    clock,
    send: (items) => {
      const ids = new Int32Array(batch * context)
      for (const [i, row] of items.entries()) ids.set(row.ids, i * context)
      const array: HostArray = { shape: [batch, context], dtype: "i32", data: ids }
      return Effect.flatMap(send, (run) => run(array))
    },
    take: (items, { data }) =>
      Effect.sync(() => {
        for (const [i, { group }] of items.entries()) add(group, data.subarray(i * width, (i + 1) * width))
      }),
  })
  for (const { key, sum } of missing.values()) vectors.set(key, unit(sum))
  if (vectors.size > 0) yield* cache.add([...vectors])
  const values = new Float32Array(keys.length * width)
  for (const [i, key] of keys.entries()) values.set(vectors.get(key) ?? cache.get(key)!, i * width)
  const { busy, all } = yield* clock.read
  yield* (yield* EvaluationEvents).publish({
    _tag: "described",
    what: "texts",
    done: groups.length,
    total: groups.length,
    cached: known,
    skipped: 0,
    adapterSeconds: busy,
    seconds: all,
    isLast: true,
  })
  const table: VectorTable = { width, values }
  return table
})
