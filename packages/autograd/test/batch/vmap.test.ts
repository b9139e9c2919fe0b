import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  add,
  attempt,
  attention,
  concat,
  constant,
  dot,
  exp,
  gelu,
  key,
  linear,
  matmul,
  mean,
  mul,
  normal,
  ones,
  reachable,
  softmax,
  splitKey,
  square,
  stack,
  sub,
  sum,
  tanh,
  transpose,
  type Op,
  type Tensor,
  applyOp,
} from "@diva/tensor"
import { checkpoint, customVjp, grad, jvp, valueAndGrad, vmap } from "@diva/autograd"
import { countOf, expectNear, numbersOf, wiggled } from "../evaluate.ts"
import { exampleAt, oneByOne } from "./mapped.ts"

const network = (w: Tensor, x: Tensor): Tensor => softmax(gelu(linear(x, w)))
const loss = (w: Tensor, x: Tensor): Tensor => mean(square(sub(network(w, x), 0.25)))

const sizes = fc.record({
  examples: fc.integer({ min: 1, max: 4 }),
  rows: fc.integer({ min: 1, max: 3 }),
  width: fc.integer({ min: 1, max: 4 }),
})

describe("vmap", () => {
  it("is stack of the function of each example", () => {
    const [a, b] = [constant([1, 2, 3, 4], [2, 2]), constant([1, 1, 1, 0], [2, 2])]
    expect(numbersOf(vmap((x: Tensor, y: Tensor) => dot(x, y))(a, b))).toEqual([3, 3])
  })

  it("of itself, of a gradient and of a slope, and the gradient of it, equal a loop, whatever the sizes", () => {
    fc.assert(
      fc.property(sizes, ({ examples, rows, width }) => {
        const w = wiggled([4, width], 1)
        const xs = wiggled([examples, rows, width], 2)
        const each = Array.from({ length: examples }, (_, i) => exampleAt(xs, i))
        const looped = (f: (x: Tensor) => Tensor): readonly number[] => numbersOf(stack(each.map(f)))
        const shared = { in: [null, 0] } as const
        expectNear(
          numbersOf(vmap(network, shared)(w, xs)),
          looped((x) => network(w, x)),
        )
        const perRow = vmap((x: Tensor) => vmap((row: Tensor) => network(w, row))(x))
        expectNear(
          numbersOf(perRow(xs)),
          looped((x) => network(w, x)),
        )
        expectNear(
          numbersOf(vmap(grad(loss), shared)(w, xs)),
          looped((x) => grad(loss)(w, x)),
        )
        const slope = (x: Tensor): Tensor => jvp(network)([w, x], [mul(w, 2), null])[1]
        expectNear(numbersOf(vmap(slope)(xs)), looped(slope))
        const total = (f: (w: Tensor) => Tensor): readonly number[] => numbersOf(grad(f)(w))
        expectNear(
          total((held) => sum(vmap(loss, shared)(held, xs))),
          total((held) => each.map((x) => loss(held, x)).reduce((a, b) => add(a, b))),
        )
      }),
      { numRuns: 8 },
    )
  })

  it("maps trees along the axes it is told, and holds the rest", () => {
    const f = (p: { readonly a: Tensor; readonly b: Tensor }, x: Tensor) => ({ y: add(mul(p.a, x), p.b), held: exp(x) })
    const [a, b, x] = [wiggled([2, 3], 1), wiggled([2], 2), wiggled([2], 3)]
    const got = vmap(f, { in: [{ a: 1, b: null }, null], out: { y: -1, held: null } })({ a, b }, x)
    const columns = [0, 1, 2].map((i) => add(mul(exampleAt(transpose(a), i), x), b))
    expect(got.y.shape).toEqual([2, 3])
    expectNear(numbersOf(got.y), numbersOf(transpose(stack(columns))))
    expectNear(numbersOf(got.held), numbersOf(exp(x)))
  })

  it("repeats results that no example changes", () => {
    expect(numbersOf(vmap((_x: Tensor) => constant([1, 2]))(ones([2])))).toEqual([1, 2, 1, 2])
  })

  it("makes one product of what shares a matrix", () => {
    const nodes = reachable([vmap((x: Tensor) => matmul(x, wiggled([3, 4])))(wiggled([5, 2, 3]))])
    expect(nodes.filter(({ op }) => op.name === "contract").map(({ shape }) => shape)).toEqual([[10, 4]])
    expect(countOf("expand", nodes)).toBe(0)
  })

  it("draws the same with one key, and with a key for each what it would alone", () => {
    const root = key(3)
    const draw = (k: Tensor): Tensor => normal(k, [3])
    const keys = stack(splitKey(root, 4))
    expect(numbersOf(vmap(draw)(keys))).toEqual(numbersOf(oneByOne((k) => draw(k!), [keys], [true], 4)))
    const same = numbersOf(vmap((x: Tensor) => add(x, draw(root)))(constant([0, 0])))
    expect(same.slice(0, 3)).toEqual(same.slice(3))
  })

  it("goes through attention, checkpoints and rules of one's own, and their gradients", () => {
    const own = customVjp(
      (x: Tensor, w: Tensor) => mul(x, w),
      ({ args: [x, w], cotangent }) => [mul(mul(cotangent, w), 3), sum(mul(cotangent, x), { axis: 0 })],
    )
    const f = (w: Tensor, x: Tensor): Tensor => {
      const hidden = checkpoint((y: Tensor) => tanh(own(y, w)))(x)
      return sum(square(attention(hidden, x, hidden)))
    }
    const [w, xs] = [wiggled([4], 1), wiggled([3, 2, 4], 2)]
    const value = valueAndGrad(f)
    const both = (w: Tensor, x: Tensor): Tensor => {
      const [y, g] = value(w, x)
      return concat([g, stack([y])])
    }
    expectNear(
      numbersOf(vmap(both, { in: [null, 0] })(w, xs)),
      numbersOf(oneByOne((w, x) => both(w!, x!), [w, xs], [false, true], 3)),
    )
    const sumOver = (w: Tensor): Tensor => sum(vmap(f, { in: [null, 0] })(w, xs))
    const looped = (w: Tensor): Tensor => sum(oneByOne((w, x) => f(w!, x!), [w, xs], [false, true], 3))
    expectNear(numbersOf(grad(sumOver)(w)), numbersOf(grad(looped)(w)))
  })

  it("refuses in words what it cannot map", () => {
    const messageOf = (describe: () => unknown): string => {
      const result = attempt(describe)
      return "left" in result ? result.left.message : ""
    }
    const [x, y] = [ones([2, 3]), ones([3])]
    const both = (a: Tensor, b: Tensor): Tensor => add(a, b)
    expect(messageOf(() => vmap(both)(x, y))).toMatch(/ShapeMismatch in vmap: mapped arguments must have equally many/)
    expect(messageOf(() => vmap(both, { in: null })(x, y))).toMatch(/no argument is mapped/)
    expect(messageOf(() => vmap(both, { in: [2, null] })(x, y))).toMatch(/2 is no axis of "0", which has 2/)
    expect(messageOf(() => vmap(exp, { out: null })(x))).toMatch(/differs from example to example/)
    expect(messageOf(() => vmap(exp, { outs: 1 } as never)(x))).toMatch(/there is no option outs.*did you mean out\?/s)
  })

  it("maps an op of one's own by its rule, and says so where there is none", () => {
    const plain = { ...(transpose(ones([2, 2])).op as unknown as Op), name: "mine", batch: undefined } as unknown as Op
    const call = (op: Op) => (x: Tensor) => applyOp(op, [x], { order: [1, 0] })
    const refused = attempt(() => vmap(call(plain))(ones([3, 2, 2])))
    expect("left" in refused && [refused.left._tag, refused.left.op]).toEqual(["NotMappable", "mine"])
    const ruled: Op = { ...plain, batch: ({ inputs: [x] }) => transpose(x!, 1, 2) }
    const xs = wiggled([2, 2, 2])
    expect(numbersOf(vmap(call(ruled))(xs))).toEqual(numbersOf(transpose(xs, 1, 2)))
  })
})
