import { describe, expect, it } from "vitest"
import {
  add,
  attempt,
  constant,
  cast,
  matmul,
  mul,
  reachable,
  sum,
  tanh,
  zeros,
  iota,
  greater,
  select,
  type Tensor,
} from "@diva/tensor"
import { checkpoint, customVjp, grad } from "@diva/autograd"
import { opaque } from "./brokenOps.ts"
import { countOf, numbersOf, wiggled } from "./evaluate.ts"

const width = 3
const block = (w: Tensor, x: Tensor): Tensor => tanh(matmul(tanh(matmul(x, w)), w))
const x = wiggled([2, width])
const w = wiggled([width, width], 1)
const same = (f: (p: { x: Tensor; w: Tensor }) => Tensor, g: (p: { x: Tensor; w: Tensor }) => Tensor): void => {
  const [a, b] = [f, g].map((each) => grad(each)({ x, w }))
  expect(numbersOf(a!.x)).toEqual(numbersOf(b!.x))
  expect(numbersOf(a!.w)).toEqual(numbersOf(b!.w))
}

describe("checkpoint", () => {
  it("has the value and the gradients of the function itself", () => {
    expect(numbersOf(checkpoint(block)(w, x))).toEqual(numbersOf(block(w, x)))
    same(
      ({ x, w }) => sum(checkpoint(block)(w, x)),
      ({ x, w }) => sum(block(w, x)),
    )
  })

  it("gives gradients to tensors the function closes over, at any depth", () => {
    same(
      ({ x, w }) => {
        const scaled = mul(w, 0.5)
        return sum(checkpoint((x: Tensor) => block(scaled, block(w, x)))(x))
      },
      ({ x, w }) => sum(block(mul(w, 0.5), block(w, x))),
    )
  })

  it("takes trees and counts both roles of a tensor that is passed and closed over", () => {
    same(
      ({ x, w }) => sum(checkpoint((p: { deep: [Tensor] }) => mul(block(w, p.deep[0]), x))({ deep: [x] })),
      ({ x, w }) => sum(mul(block(w, x), x)),
    )
  })

  it("computes again on the backward pass: the graph holds replayed nodes that read barriers", () => {
    const nodes = (f: typeof block): readonly Tensor[] => reachable([grad((x: Tensor) => sum(f(w, x)))(x)])
    const [plain, replayed] = [nodes(block), nodes(checkpoint(block))]
    expect(countOf("recompute", plain)).toBe(0)
    expect(countOf("recompute", replayed)).toBe(2)
    expect(countOf("tanh", plain)).toBe(2)
    const afterBarrier = replayed.filter(
      ({ op, inputs }) => op.name === "contract" && inputs.some(({ op }) => op.name === "recompute"),
    )
    expect(afterBarrier.length).toBeGreaterThan(0)
    // No forward activation is read by the backward pass: every tanh of the gradient is a replayed one.
    const forward = nodes((w, x) => {
      const y = checkpoint(block)(w, x)
      return y
    })
    const barrier = Math.min(...forward.filter(({ op }) => op.name === "recompute").map(({ id }) => id))
    expect(forward.filter(({ op, id }) => op.name === "tanh" && id < barrier)).toEqual([])
  })

  it("uses new barriers for each replay", () => {
    const f = (x: Tensor): Tensor => checkpoint(block)(w, checkpoint(block)(w, x))
    const nodes = reachable([grad((x: Tensor) => sum(f(x)))(x)])
    const barriers = nodes.filter(({ op }) => op.name === "recompute")
    expect(new Set(barriers.map(({ id }) => id)).size).toBe(4)
  })

  it("nests, and the inner replay reads the outer one", () => {
    const nested = checkpoint((w: Tensor, x: Tensor) => mul(checkpoint(block)(w, mul(x, 2)), 3))
    same(
      ({ x, w }) => sum(nested(w, x)),
      ({ x, w }) => sum(mul(block(w, mul(x, 2)), 3)),
    )
    const nodes = reachable([grad((x: Tensor) => sum(nested(w, x)))(x)])
    const barrier = Math.min(...nodes.filter(({ op }) => op.name === "recompute").map(({ id }) => id))
    expect(nodes.filter(({ op, id }) => op.name === "tanh" && id < barrier)).toEqual([])
  })

  it("differentiates again", () => {
    const twice = (f: typeof block) => grad((x: Tensor) => sum(mul(grad((x: Tensor) => sum(f(w, x)))(x), x)))(x)
    const [a, b] = [numbersOf(twice(checkpoint(block))), numbersOf(twice(block))]
    for (const [i, value] of b.entries()) expect(a[i]).toBeCloseTo(value, 6)
  })

  it("passes integers and masks through", () => {
    const mask = greater(iota([2, width], 1), 0)
    const scale = constant([2], [1], "i32")
    const f = (x: Tensor, scale: Tensor): Tensor => mul(select(mask, x, mul(x, 5)), cast(scale, "f32"))
    const gradient = grad((x: Tensor) => sum(checkpoint(f)(x, scale)))(x)
    expect(numbersOf(gradient)).toEqual([10, 2, 2, 10, 2, 2])
  })

  it("is the identity on the identity and on constants", () => {
    expect(numbersOf(grad((x: Tensor) => sum(checkpoint((x: Tensor) => x)(x)))(zeros([2])))).toEqual([1, 1])
    expect(numbersOf(grad((_x: Tensor) => sum(checkpoint(() => zeros([2]))()))(zeros([2])))).toEqual([0, 0])
  })

  it("asks for no derivative that is not needed", () => {
    const frozen = zeros([1])
    const f = (x: Tensor): Tensor => add(mul(x, 2), opaque(frozen))
    expect(numbersOf(grad((x: Tensor) => sum(checkpoint(f)(x)))(zeros([2])))).toEqual([2, 2])
    const failed = attempt(() => grad((x: Tensor) => sum(checkpoint(opaque)(x)))(zeros([2])))
    expect(failed).toMatchObject({ _tag: "Left", left: { _tag: "NotDifferentiable", op: "opaque" } })
  })

  it("refuses a function that returns a tree", () => {
    const failed = attempt(() => checkpoint(((x: Tensor) => [x, x]) as never)())
    expect(failed).toMatchObject({ _tag: "Left", left: { _tag: "InvalidData", op: "checkpoint" } })
  })
})

describe("customVjp", () => {
  it("replaces the gradient and keeps the value", () => {
    const straightThrough = customVjp(
      (x: Tensor) => cast(cast(x, "i32"), "f32"),
      ({ cotangent }) => [cotangent],
    )
    const x = constant([1.5, -2.5])
    expect(numbersOf(straightThrough(x))).toEqual([1, -2])
    expect(numbersOf(grad((x: Tensor) => sum(mul(straightThrough(x), x)))(x))).toEqual([2.5, -4.5])
  })

  it("takes trees, null for an argument and a missing leaf for none", () => {
    const f = customVjp(
      (p: { a: Tensor; b: Tensor }, c: Tensor) => mul(mul(p.a, p.b), c),
      ({ args: [p], output, cotangent }) => [{ a: mul(cotangent, 100), b: mul(mul(p.a, output), 0) }, null],
    )
    const at = { a: constant([2]), b: constant([3]), c: constant([4]) }
    const gradient = grad((p: typeof at) => sum(f({ a: p.a, b: p.b }, p.c)))(at)
    expect([gradient.a, gradient.b, gradient.c].map((leaf) => numbersOf(leaf)[0])).toEqual([100, 0, 0])
  })

  it("differentiates again through the rule, in and out of a checkpoint", () => {
    const cube = customVjp(
      (x: Tensor) => mul(x, mul(x, x)),
      ({ args: [x], cotangent }) => [mul(cotangent, mul(3, mul(x, x)))],
    )
    for (const f of [cube, checkpoint(cube)]) {
      const second = grad((x: Tensor) => sum(grad((x: Tensor) => sum(f(x)))(x)))(constant([2]))
      expect(numbersOf(second)).toEqual([12])
    }
  })

  it("refuses cotangents of unknown leaves or of another shape", () => {
    const unknown = customVjp(
      (p: { a: Tensor }) => p.a,
      ({ cotangent }) => [{ a: cotangent, typo: cotangent }],
    )
    const wide = customVjp(
      (p: { a: Tensor }) => p.a,
      () => [{ a: zeros([7]) }],
    )
    const gradientOf = (f: typeof unknown) => attempt(() => grad((p: { a: Tensor }) => sum(f(p)))({ a: zeros([2]) }))
    expect(gradientOf(unknown)).toMatchObject({ left: { _tag: "TreeMismatch", op: "customVjp", path: "0.typo" } })
    expect(gradientOf(wide)).toMatchObject({
      left: { _tag: "ShapeMismatch", rule: "its vjp gave f32[7] for this input" },
    })
  })
})
