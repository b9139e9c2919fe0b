import { describe, expect, it } from "vitest"
import { isTensor, leavesOf, mapTree } from "../src/index.ts"
import { treeForm } from "../src/graph/tree.ts"

const isNumber = (value: unknown): value is number => typeof value === "number"

const trees: readonly (readonly [string, unknown])[] = [
  ["a leaf", 3],
  ["records in records", { a: 1, b: { "c.d": 2, e: { f: 3 } } }],
  ["arrays", [1, [2, 3], { x: [4] }]],
  ["nothing", {}],
]

describe("what is no tree of arrays", () => {
  it.each([
    [3, "f32([2], [1, 2])"],
    [new Float32Array(2), "f32([2], [1, 2])"],
    ["mean", "static configuration"],
  ])("%o is refused with what to write instead", (value, remedy) => {
    expect(() => leavesOf({ a: value }, isTensor)).toThrow(remedy)
  })
})

describe("the form of a tree", () => {
  it.each(trees)("reads the leaves of %s in order, and gives them their places back", (_, tree) => {
    const form = treeForm(tree, isNumber)
    expect(form.leaves(tree)).toEqual(leavesOf(tree, isNumber).map(({ leaf }) => leaf))
    const doubled = form.leaves(tree).map((leaf) => 2 * (leaf as number))
    expect(form.fill(doubled)).toEqual(mapTree(tree, isNumber, (leaf) => 2 * leaf))
  })

  it("finds nothing where another tree has no such branch", () => {
    const form = treeForm({ a: 1, b: { c: 2, d: [3] } }, isNumber)
    expect(form.leaves({ a: 5, b: 6 })).toEqual([5, undefined, undefined])
    expect(form.leaves(null)).toEqual([undefined, undefined, undefined])
    expect(form.leaves({ b: { d: [7, 8], c: 9 }, e: 10 })).toEqual([undefined, 9, 7])
  })
})
