import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { attempt, isTensor, isTensorError, leavesOf, mul, ones, sum, type Tensor } from "@diva/tensor"
import { combine, every, floating, grad, matching, outside, partition, under } from "@diva/autograd"

interface Leaf {
  readonly shape: readonly number[]
  readonly dtype: "f32" | "i32"
}

const leaf = fc.record<Leaf>({
  shape: fc.array(fc.nat(3), { maxLength: 3 }),
  dtype: fc.constantFrom<Leaf["dtype"]>("f32", "i32"),
})

const { tree } = fc.letrec<{ readonly tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom(..."abc") }), tie("tree"), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}))

const params = {
  visual: {
    blocks: [
      { weight: ones([2]), bias: ones([1]) },
      { weight: ones([3]), bias: ones([1]) },
    ],
  },
  visualHead: ones([4]),
  ids: ones([2], "i32"),
}

const pathsOf = (predicate: Parameters<typeof partition>[1]): readonly string[] =>
  leavesOf(partition(params, predicate)[0], isTensor).map(({ path }) => path)

describe("partition and combine", () => {
  it("combine undoes partition for every tree and predicate", () => {
    fc.assert(
      fc.property(tree, fc.func(fc.boolean()), (whole, predicate) => {
        const [selected, rest] = partition(whole, (path) => predicate(path))
        expect(combine(selected, rest)).toEqual(whole)
        expect(combine(rest, selected)).toEqual(whole)
      }),
    )
  })

  it("puts every leaf on exactly one side, at its own path", () => {
    const [visual, rest] = partition(params, under("visual"))
    expect(visual.visual.blocks[1]!.weight).toBe(params.visual.blocks[1]!.weight)
    expect(visual.visualHead).toBeUndefined()
    expect(rest.visualHead).toBe(params.visualHead)
    expect(rest.visual.blocks).toEqual([
      { weight: undefined, bias: undefined },
      { weight: undefined, bias: undefined },
    ])
  })

  it("combines trees that lack whole branches", () => {
    expect(combine({ a: params.ids }, { b: params.visualHead })).toEqual({ a: params.ids, b: params.visualHead })
  })

  it("keeps holes in the gradient of a partition", () => {
    const [biases, rest] = partition(params, matching(/\.bias$/))
    const total = (some: typeof biases): Tensor => sum(mul(combine(some, rest).visual.blocks[0]!.bias, 3))
    const gradient = grad(total)(biases)
    expect(gradient.visual.blocks[0]!.bias?.shape).toEqual([1])
    expect(gradient.visual.blocks[0]!.weight).toBeUndefined()
    expect(gradient.visualHead).toBeUndefined()
  })

  it("refuses two trees that share a leaf, or differ in kind of branch", () => {
    for (const [a, b, path] of [
      [{ x: { y: params.ids } }, { x: { y: params.ids } }, "x.y"],
      [{ x: { y: params.ids } }, { x: params.ids }, "x"],
      [{ x: [params.ids] }, { x: { y: params.ids } }, "x"],
    ] as const) {
      const result = attempt((): unknown => combine<unknown, unknown>(a, b))
      expect(result).toMatchObject({ _tag: "Left", left: { _tag: "TreeMismatch", op: "combine", path } })
      expect("left" in result && isTensorError(result.left)).toBe(true)
    }
  })
})

describe("leaf predicates", () => {
  it("under takes a path and what is below it, not a longer name", () => {
    expect(pathsOf(under("visual.blocks.1", "visualHead"))).toEqual([
      "visual.blocks.1.weight",
      "visual.blocks.1.bias",
      "visualHead",
    ])
    expect(pathsOf(under("visual"))).toHaveLength(4)
  })

  it("matching keeps no state between leaves", () => {
    expect(pathsOf(matching(/bias$/g))).toEqual(["visual.blocks.0.bias", "visual.blocks.1.bias"])
  })

  it("floating, outside and every compose", () => {
    expect(pathsOf(outside(floating))).toEqual(["ids"])
    expect(pathsOf(every(floating, outside(under("visual"))))).toEqual(["visualHead"])
  })
})
