import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { advance, type DataOrder, locate, sampleOrder, shardOrder, shardStarts } from "../../src/data/index.ts"
import { permutation } from "../../src/data/permutation.ts"
import { dataKey, partKey, threefry, uniformOf } from "../../src/data/threefry.ts"

const hex = (pair: readonly number[]): readonly string[] => pair.map((word) => word.toString(16).padStart(8, "0"))

describe("threefry", () => {
  // Known answers published with the Random123 library (kat_vectors, threefry2x32 20 rounds).
  test.each([
    [
      [0, 0],
      [0, 0],
      ["6b200159", "99ba4efe"],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      ["1cb996fc", "bb002be7"],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      ["c4923a9c", "483df7a0"],
    ],
  ] as const)("key %j and counter %j give the published words", (key, counter, words) => {
    expect(hex(threefry(key, counter))).toEqual(words)
  })

  test("uniform numbers lie in [0, 1), average a half and spread evenly", () => {
    const draws = Array.from({ length: 20_000 }, (_, i) => uniformOf(dataKey(1), i))
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...draws)).toBeLessThan(1)
    const mean = draws.reduce((a, b) => a + b) / draws.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01)
    const tenths = Array.from({ length: 10 }, (_, k) => draws.filter((u) => Math.floor(u * 10) === k).length)
    expect(Math.min(...tenths)).toBeGreaterThan(1800)
  })

  test("large seeds and neighbouring parts have different keys", () => {
    const keys = [dataKey(1), dataKey(2 ** 32 + 1), partKey(dataKey(1), 0), partKey(dataKey(1), 1)]
    expect(new Set(keys.map(String)).size).toBe(4)
  })
})

describe("permutation", () => {
  test("has every number once", () => {
    expect(() =>
      fc.assert(
        fc.property(fc.nat(2 ** 40), fc.nat(300), (seed, count) => {
          const sorted = permutation(dataKey(seed), count).toSorted()
          return sorted.length === count && sorted.every((value, i) => value === i)
        }),
      ),
    ).not.toThrow()
  })

  test("is the same on every machine: stored values", () => {
    expect([...permutation(dataKey(42), 12)]).toEqual([0, 3, 11, 6, 2, 1, 8, 4, 9, 10, 5, 7])
  })

  test("draws all orders of four about equally often", () => {
    const seen = new Map<string, number>()
    for (let seed = 0; seed < 4800; seed++) {
      const order = permutation(dataKey(seed), 4).join("")
      seen.set(order, (seen.get(order) ?? 0) + 1)
    }
    expect(seen.size).toBe(24)
    // 200 expected each; 60 is more than four standard deviations.
    expect([...seen.values()].every((count) => Math.abs(count - 200) < 60)).toBe(true)
  })
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
