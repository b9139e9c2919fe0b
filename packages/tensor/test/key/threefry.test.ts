import { expect, it } from "vitest"
import { hostFoldIn, hostKey, hostRandomBits, hostSplitKey, hostUniform } from "../../src/key/hostKey.ts"
import { threefry2x32 } from "../../src/key/threefry.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { interpret } from "../../src/graph/interpret.ts"
import { constant } from "../../src/ops/input.ts"
import { foldIn, key, splitKey } from "../../src/ops/key.ts"
import { normal, randomBits, randomIntegers, uniform } from "../../src/ops/random.ts"

// Known answers of Threefry-2x32 with 20 rounds, published with the paper's reference code.
it.each([
  { key: [0, 0], counter: [0, 0], gives: [0x6b200159, 0x99ba4efe] },
  { key: [0xffffffff, 0xffffffff], counter: [0xffffffff, 0xffffffff], gives: [0x1cb996fc, 0xbb002be7] },
  { key: [0x13198a2e, 0x03707344], counter: [0x243f6a88, 0x85a308d3], gives: [0xc4923a9c, 0x483df7a0] },
] as const)("threefry gives the published words for key $key", ({ key: words, counter, gives }) => {
  expect(threefry2x32(words, counter)).toEqual(gives)
})

it("keys on the host and in graphs are the same words", () => {
  const seed = 2 ** 40 + 12345
  const words = hostKey(seed)
  expect(words).toEqual([256, 12345])
  expect([...interpret(key(seed)).data]).toEqual([...words])
  expect([...interpret(foldIn(key(seed), 7)).data]).toEqual([...hostFoldIn(words, 7)])
  expect([...interpret(foldIn(key(seed), constant([7], [], "i32"))).data]).toEqual([...hostFoldIn(words, 7)])
  const children = splitKey(key(seed), 3).map((child) => [...interpret(child).data])
  expect(children).toEqual(hostSplitKey(words, 3).map((child) => [...child]))
})

it("draws on the host and in graphs are the same bits", () => {
  const words = hostKey(5)
  const bits = interpret(randomBits(key(5), [2, 3])).data
  expect([...bits]).toEqual(Array.from({ length: 6 }, (_, i) => hostRandomBits(words, i)))
  const units = interpret(uniform(key(5), [6])).data
  expect([...units]).toEqual(Array.from({ length: 6 }, (_, i) => hostUniform(words, i)))
})

it("an element depends on its position only, however large the draw is", () => {
  const few = interpret(randomBits(key(9), [4])).data
  const many = interpret(randomBits(key(9), [50, 2])).data
  expect([...many.subarray(0, 4)]).toEqual([...few])
})

it("rows of a draw are the draw that begins at their first element, bit for bit", () => {
  const from = constant([6], [], "u32")
  const draws = (rows: number, start: Tensor | number) => ({
    bits: randomBits(key(9), [rows, 3], start),
    uniform: uniform(key(9), [rows, 3], -1, 1, start),
    integers: randomIntegers(key(9), [rows, 3], 0, 1000, start),
    normal: normal(key(9), [rows, 3], start),
  })
  const [whole, counted, given] = [draws(5, 0), draws(2, 6), draws(2, from)].map((tree) => interpret(tree))
  for (const kind of ["bits", "uniform", "integers", "normal"] as const)
    for (const part of [counted!, given!]) expect([...part[kind].data]).toEqual([...whole![kind].data.subarray(6, 12)])
})

it("draws, children and folds of one key differ", () => {
  const words = hostKey(1)
  const all = [hostSplitKey(words, 1)[0]!, hostFoldIn(words, 0), threefry2x32(words, [0, 0])].map(([first]) => first)
  expect(new Set(all).size).toBe(3)
})

it("uniform numbers fill [low, high) evenly", () => {
  const draws = [...interpret(uniform(key(3), [20_000], -1, 3)).data]
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(-1)
  expect(Math.max(...draws)).toBeLessThan(3)
  const counts = Array.from({ length: 8 }, (_, bin) => draws.filter((x) => Math.floor((x + 1) * 2) === bin).length)
  // Pearson's statistic with 7 degrees of freedom exceeds 24.3 once in a thousand keys; this key is fixed.
  const statistic = counts.reduce((sum, count) => sum + (count - 2500) ** 2 / 2500, 0)
  expect(statistic).toBeLessThan(24.3)
})

it("normal numbers have the moments of the standard normal", () => {
  const draws = [...interpret(normal(key(4), [50_000])).data]
  const moment = (power: number) => draws.reduce((sum, x) => sum + x ** power, 0) / draws.length
  expect(draws.every(Number.isFinite)).toBe(true)
  // Five standard errors of each moment.
  expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(50_000))
  expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / 50_000))
  expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / 50_000))
  expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / 50_000))
})

it("random integers are the high word of the product with the range", () => {
  for (const [low, high] of [
    [-3, 4],
    [0, 100_000],
    [0, 2 ** 31 - 1],
  ] as const) {
    const bits = interpret(randomBits(key(6), [500])).data
    const integers = interpret(randomIntegers(key(6), [500], low, high)).data
    const expected = [...bits].map((word) => low + Number((BigInt(word) * BigInt(high - low)) >> 32n))
    expect([...integers]).toEqual(expected)
  }
})

it("an empty range of integers is a typed error", () => {
  expect(() => randomIntegers(key(1), [3], 5, 5)).toThrowError(/InvalidAttribute in randomIntegers/)
})
