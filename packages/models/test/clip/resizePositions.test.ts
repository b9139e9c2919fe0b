import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { gridEdge, resizePositions } from "../../src/clip/resizePositions.ts"

interface Case {
  readonly from: number
  readonly to: number
  readonly width: number
  readonly class_tokens: number
  readonly table: readonly number[]
  readonly resized: readonly number[]
}

const { cases }: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../golden/positions/cases.json", import.meta.url), "utf8"),
)

describe("positions for another image size", () => {
  test.each(cases.map((each) => [each.from, each.to, each.class_tokens, each] as const))(
    "a grid of %i to one of %i behind %i class tokens is OpenCLIP's",
    (from, to, classTokens, { table, width, resized }) => {
      const got = resizePositions({ values: Float32Array.from(table), width, classTokens }, from, to)
      expect(got).toHaveLength(resized.length)
      expect(Math.max(...got.map((value, i) => Math.abs(value - resized[i]!)))).toBeLessThan(1e-6)
    },
  )

  test("a table that is the same everywhere stays so", () => {
    const values = new Float32Array(3 * 10).fill(0.25)
    expect(resizePositions({ values, width: 3, classTokens: 1 }, 3, 8)).toEqual(new Float32Array(3 * 65).fill(0.25))
  })

  test("a grid is square or none", () => {
    expect([gridEdge(257, 1), gridEdge(729, 0), gridEdge(256, 1), gridEdge(1, 1)]).toEqual([
      16,
      27,
      undefined,
      undefined,
    ])
  })
})
