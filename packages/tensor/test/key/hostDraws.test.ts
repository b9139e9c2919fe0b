import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hostBelow, hostFraction, hostKey, hostPart, hostPermutation, hostRandomBits } from "../../src/key/index.ts"

describe("parts of a key", () => {
  it("are told apart beyond 32 bits", () => {
    const key = hostKey(1)
    const parts = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1].map((part) => hostPart(key, part))
    expect(new Set(parts.map(String)).size).toBe(5)
  })

  it("begin with the word that is drawn there", () => {
    expect(hostPart(hostKey(3), 17)[0]).toBe(hostRandomBits(hostKey(3), 17))
  })
})

it("fractions lie in [0, 1), average a half and spread evenly", () => {
  const draws = Array.from({ length: 20_000 }, (_, i) => hostFraction(hostKey(1), i))
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...draws)).toBeLessThan(1)
  const mean = draws.reduce((a, b) => a + b) / draws.length
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.01)
  const tenths = Array.from({ length: 10 }, (_, k) => draws.filter((u) => Math.floor(u * 10) === k).length)
  expect(Math.min(...tenths)).toBeGreaterThan(1800)
  expect(draws.some((u) => (u * 2 ** 24) % 1 !== 0)).toBe(true)
})

describe("a permutation", () => {
  it("has every number once and follows from the key alone", () => {
    expect(() =>
      fc.assert(
        fc.property(fc.nat(2 ** 40), fc.nat(300), (seed, count) => {
          const order = hostPermutation(hostKey(seed), count)
          const isSame = String(order) === String(hostPermutation(hostKey(seed), count))
          return isSame && order.length === count && order.toSorted().every((value, i) => value === i)
        }),
      ),
    ).not.toThrow()
  })

  it("draws all orders of four about equally often", () => {
    const seen = new Map<string, number>()
    for (let seed = 0; seed < 4800; seed++) {
      const order = hostPermutation(hostKey(seed), 4).join("")
      seen.set(order, (seen.get(order) ?? 0) + 1)
    }
    expect(seen.size).toBe(24)
    // 200 expected each; 60 is more than four standard deviations.
    expect([...seen.values()].every((count) => Math.abs(count - 200) < 60)).toBe(true)
  })
})

it("the subpath loads nothing of WebGPU", () => {
  const entry = fileURLToPath(new URL("../../src/key/index.ts", import.meta.url))
  const program = `
    import { registerHooks } from "node:module"
    const loaded = []
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
    await import(${JSON.stringify(entry)})
    process.stdout.write(loaded.map((url) => url.split("/").slice(-2).join("/")).toSorted().join(" "))`
  const loaded = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" })
  expect(loaded).toBe(
    "key/hostBelow.ts key/hostKey.ts key/hostPermutation.ts key/index.ts key/streams.ts key/threefry.ts",
  )
})

it("whole numbers below a bound are all drawn as often, the largest bound included", () => {
  const times = new Array<number>(6).fill(0)
  for (let draw = 0; draw < 6000; draw++) times[hostBelow(hostKey(3), draw, 6)]!++
  for (const count of times) expect(Math.abs(count - 1000)).toBeLessThan(120)
  expect(hostBelow(hostKey(3), 0, 1)).toBe(0)
  expect(hostBelow(hostKey(3), 0, 2 ** 32)).toBeLessThan(2 ** 32)
})
