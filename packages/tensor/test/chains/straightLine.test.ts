import { expect, it, test } from "vitest"
import { compareSeeds } from "./emitted.ts"
import { straightLine } from "./straightLine.ts"

test.each(["moved", "fused", "taken"])("the statements written for random chains give their elements: %s", (family) => {
  const { wrong, ran } = compareSeeds(family, 1, 150)
  expect(ran).toBeGreaterThan(100)
  expect(wrong).toEqual([])
})

it("expressions are read by WGSL's own order of operators", () => {
  const value = (text: string): number =>
    straightLine([], [text])({ variables: new Map(), load: () => ({ type: "u32", value: 0 }) })[0]!.value
  expect(value("7u - 2u + 1u")).toBe(6)
  expect(value("7u - (2u + 1u)")).toBe(4)
  expect(value("1u + 2u * 3u")).toBe(7)
  expect(value("1u - 2u")).toBe(4294967295)
  expect(value("select(1f, 2f, 3u < 4u && 1i != 2i)")).toBe(2)
})
