import { hostKey, hostPart, hostPermutation } from "@diva/tensor/random"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { advance, type DataOrder, locate, sampleOrder, shardOrder, shardStarts } from "../../src/data/index.ts"
import { dataKey } from "../../src/data/dataKey.ts"

test("orders and crops of a seed are unlike what training draws under it, and large seeds are told apart", () => {
  const keys = [dataKey(1), dataKey(2 ** 32 + 1), hostKey(1), hostPart(dataKey(1), 0), hostPart(dataKey(1), 1)]
  expect(new Set(keys.map(String)).size).toBe(5)
})

test("order follows the same on every machine: stored values", () => {
  expect([...hostPermutation(dataKey(42), 12)]).toEqual([0, 3, 11, 6, 2, 1, 8, 4, 9, 10, 5, 7])
})

const counts = fc.array(fc.nat(9), { minLength: 1, maxLength: 7 }).filter((list) => list.some((count) => count > 0))
const all = (list: readonly number[]): readonly string[] =>
  list.flatMap((count, shard) => Array.from({ length: count }, (_, sample) => `${shard}/${sample}`)).toSorted()
const listed = (order: DataOrder, list: readonly number[], seed: number, epoch: number): readonly string[] => {
  const { count, at } = order(list, seed, epoch)
  return Array.from({ length: count }, (_, position) => at(position)).map(({ shard, sample }) => `${shard}/${sample}`)
}

describe.each([
  ["sampleOrder", sampleOrder],
  ["shardOrder", shardOrder],
] as const)("%s", (_name, order) => {
  test("has every sample of every shard once per epoch, empty shards included", () => {
    expect(() =>
      fc.assert(
        fc.property(counts, fc.nat(), fc.nat(5), (list, seed, epoch) => {
          const sorted = [...listed(order, list, seed, epoch)].toSorted()
          return sorted.join() === all(list).join()
        }),
      ),
    ).not.toThrow()
  })

  test("differs between epochs and between seeds, and is a pure function of both", () => {
    const list = [10, 10, 10]
    const first = listed(order, list, 1, 0)
    expect(listed(order, list, 1, 0)).toEqual(first)
    expect(listed(order, list, 1, 1)).not.toEqual(first)
    expect(listed(order, list, 2, 0)).not.toEqual(first)
  })
})

test("shardOrder finishes one shard before it begins the next", () => {
  const shards = listed(shardOrder, [5, 4, 3, 2], 7, 3).map((name) => name.split("/")[0])
  expect(shards.filter((shard, i) => shard !== shards[i - 1])).toHaveLength(4)
})

test("locating an index is the inverse of counting from the shard's start", () => {
  expect(() =>
    fc.assert(
      fc.property(counts, (list) => {
        const starts = shardStarts(list)
        return all(list).every((name) => {
          const [shard, sample] = name.split("/").map(Number)
          const found = locate(starts, starts[shard!]! + sample!)
          return found.shard === shard && found.sample === sample
        })
      }),
    ),
  ).not.toThrow()
})

test("advancing n times by one is advancing once by n", () => {
  expect(() =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(30), fc.nat(3), (count, steps, epoch) => {
        let at = { epoch, position: 0 }
        for (let i = 0; i < steps; i++) at = advance(at, 1, count)
        const jumped = advance({ epoch, position: 0 }, steps, count)
        return at.epoch === jumped.epoch && at.position === jumped.position && at.position < count
      }),
    ),
  ).not.toThrow()
})
