import { describe, expect, test } from "vitest"
import { openDevice } from "../src/index.ts"
import { expectRight, hasTiles, runOn, separate, toOthers, toThemselves, wanted, type Case } from "./attentionCases.ts"

// Every choice by position among a decision's candidates; past the last of them the first is taken again.
const withChoice = (position: number, planFor = {}) =>
  openDevice({ planFor, choose: ({ candidates }) => candidates[position] ?? candidates[0] })

// How many choices the three passes know between them, and from which adapters.
const choosing: readonly (readonly [string, Case, positions: number, distinct: number, planFor: object])[] = [
  ["rows in lanes", toThemselves(1, 16, 129, 16), 4, 4, {}],
  ["rows in lanes, whose columns come by four and by three", toThemselves(1, 4, 131, 64, true), 4, 6, {}],
  ["rows in lanes to few others, texels of a row no power of two", toOthers(2, 4, 99, 77, 72), 6, 10, {}],
  ["columns in lanes, as many queries ask for", toOthers(1, 16, 5, 500, 40), 6, 8, {}],
  ["columns in lanes, wide", toThemselves(1, 3, 136, 88), 5, 5, {}],
  ["buffers", toThemselves(1, 16, 129, 16), 3, 3, { textureExtent: 0 }],
]

describe("every choice a tuner may pick computes the same", () => {
  test.each(choosing)("%s", async (_name, one, positions, distinct, planFor) => {
    const want = wanted(one)
    const seen = new Set<string>()
    let known = distinct
    for (let position = 0; position < positions; position++) {
      await using other = await withChoice(position, planFor)
      const outcome = await runOn(other, one)
      expectRight(outcome, want)
      if (!hasTiles(other)) known = 3
      for (const choice of outcome.choices) seen.add(JSON.stringify(choice))
    }
    expect(seen.size).toBe(known)
  })
})

test.each([
  ["width 64, a rest of tokens", toThemselves(1, 4, 129, 64)],
  ["width 80 to few others", toOthers(1, 4, 200, 77, 80)],
  ["width 72", toThemselves(1, 8, 110, 72)],
  ["width 160", toThemselves(1, 2, 120, 160)],
  ["width 40 to others", toOthers(2, 8, 97, 150, 40)],
] as const)("attention and its gradients come out right: %s", async (_name, one) => {
  await using device = await openDevice()
  const outcome = await runOn(device, one)
  expectRight(outcome, wanted(one))
  const isOnTextures = outcome.choices.map(({ way }) => way === "lanes" || way === "tiles")
  expect(isOnTextures).toEqual(Array(3).fill(hasTiles(device)))
})

test.each([
  ["width 40 to others", toOthers(2, 8, 97, 150, 40)],
  ["heads one after the other", separate(8, 128, 40)],
] as const)("from buffers, where there are no textures or subgroups: %s", async (_name, one) => {
  await using other = await openDevice({ planFor: { textureExtent: 0, subgroupSize: 0 } })
  expectRight(await runOn(other, one), wanted(one))
})
