import { describe, expect, it } from "vitest"
import {
  add,
  argmax,
  attempt,
  attention,
  clamp,
  constant,
  exp,
  gelu,
  layerNorm,
  linear,
  mean,
  mul,
  reachable,
  round,
  sin,
  softmax,
  square,
  sum,
  tanh,
  take,
  type Tensor,
} from "@diva/tensor"
import { checkpoint, customVjp, grad, hvp, jvp, linearize, vjp } from "@diva/autograd"
import { opaque } from "../brokenOps.ts"
import { countOf, expectNear, numberOf, numbersOf, wiggled } from "../evaluate.ts"

const inner = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b))

describe("jvp", () => {
  it("gives value and derivative along a direction", () => {
    const [value, slope] = jvp((x: Tensor) => sum(mul(x, x)))([constant([1, 2])], [constant([1, 0])])
    expect([numberOf(value), numberOf(slope)]).toEqual([5, 2])
  })

  it("takes trees to trees, and holds arguments without a tangent", () => {
    const f = (p: { readonly w: Tensor; readonly b: Tensor }, x: Tensor) => ({ y: add(mul(p.w, x), p.b), z: exp(x) })
    const [, tangent] = jvp(f)(
      [{ w: constant([2]), b: constant([1]) }, constant([3])],
      [{ w: constant([10]), b: constant([1]) }, null],
    )
    expect([numberOf(tangent.y), numberOf(tangent.z)]).toEqual([31, 0])
  })

  it("lets integers stand still, as arguments and as results", () => {
    const f = (x: Tensor, i: Tensor) => [take(x, i), argmax(x)] as const
    const [, [taken, place]] = jvp(f)([constant([1, 5, 2]), constant([2, 0], [2], "i32")], [constant([1, 2, 3]), null])
    expect(numbersOf(taken)).toEqual([3, 1])
    expect([place.dtype, numberOf(place)]).toEqual(["i32", 0])
  })

  it("agrees with reverse mode through a network", () => {
    const shapes = [[3, 4], [5, 4], [5], [4]] as const
    const f = (x: Tensor, w: Tensor, b: Tensor, weight: Tensor) => softmax(gelu(linear(layerNorm(x, { weight }), w, b)))
    const primals = shapes.map((shape, i) => wiggled(shape, i)) as [Tensor, Tensor, Tensor, Tensor]
    const tangents = shapes.map((shape, i) => wiggled(shape, 10 + i)) as [Tensor, Tensor, Tensor, Tensor]
    const [y, slope] = jvp(f)(primals, tangents)
    const u = wiggled(y.shape, 20)
    const back = vjp(f)(...primals)[1](u)
    const through = back.map((part, i) => inner(part, tangents[i]!)).reduce((a, b) => add(a, b))
    expect(numberOf(inner(slope, u))).toBeCloseTo(numberOf(through), 5)
  })

  it("differentiates its own results, in either mode", () => {
    const f = (x: Tensor): Tensor => sum(sin(x))
    const [x, v] = [constant([0.5, 1]), constant([1, 2])]
    const slope = (x: Tensor): Tensor => jvp(f)([x], [v])[1]
    const want = [-Math.sin(0.5), -2 * Math.sin(1)]
    expectNear(numbersOf(grad(slope)(x)), want)
    expectNear([numberOf(jvp(slope)([x], [v])[1])], [want[0]! + 2 * want[1]!])
  })

  it("goes through a checkpoint without computing it again", () => {
    const f = checkpoint((x: Tensor) => tanh(mul(tanh(x), 2)))
    const [, slope] = jvp(f)([constant([0.3])], [constant([1])])
    const nodes = reachable([slope])
    expect(countOf("recompute", nodes)).toBe(0)
    expect(countOf("tanh", nodes)).toBe(2)
    const t = Math.tanh(0.3)
    expectNear([numberOf(slope)], [2 * (1 - t * t) * (1 - Math.tanh(2 * t) ** 2)])
  })

  it("follows a rule of one's own, also around an op without a derivative", () => {
    const straight = customVjp(round, ({ cotangent }) => [mul(cotangent, 3)])
    expect(numbersOf(jvp(straight)([constant([0.4, 1.6])], [constant([1, 2])])[1])).toEqual([3, 6])
    const known = customVjp(opaque, ({ output, cotangent }) => [mul(cotangent, output)])
    expect(numbersOf(jvp(known)([constant([0])], [constant([5])])[1])).toEqual([5])
  })

  it("refuses a rule that is not linear, an op without one, and tangents that do not fit", () => {
    const tagOf = (describe: () => unknown): unknown => {
      const result = attempt(describe)
      return "left" in result ? [result.left._tag, result.left.op] : undefined
    }
    const x = constant([1, 2])
    const clipped = customVjp(
      (x: Tensor) => mul(x, 2),
      ({ cotangent }) => [clamp(cotangent, -1, 1)],
    )
    expect(tagOf(() => jvp(clipped)([x], [x]))).toEqual(["NotDifferentiable", "customPullback"])
    expect(tagOf(() => jvp(opaque)([x], [x]))).toEqual(["NotDifferentiable", "opaque"])
    expect(tagOf(() => jvp(exp)([x], [constant([1])]))).toEqual(["TreeMismatch", "jvp"])
    expect(tagOf(() => jvp((p: { readonly a?: Tensor }) => exp(p.a!))([{ a: x }], [{}]))).toEqual([
      "TreeMismatch",
      "jvp",
    ])
  })
})

describe("linearize", () => {
  it("describes the function once for many directions", () => {
    let calls = 0
    const f = (x: Tensor): Tensor => {
      calls++
      return square(x)
    }
    const [value, push] = linearize(f)(constant([3]))
    expect([numberOf(value), numberOf(push(constant([1]))), numberOf(push(constant([2])))]).toEqual([9, 6, 12])
    expect(calls).toBe(1)
  })
})

describe("hvp", () => {
  it("is the Hessian times a direction", () => {
    expect(numbersOf(hvp((x: Tensor) => sum(mul(mul(x, x), x)))(constant([1, 2]), constant([1, 1])))).toEqual([6, 12])
  })

  it("equals the gradient of a slope, through attention and a tree of parameters", () => {
    const shape = [1, 2, 3, 4]
    const loss = (p: { readonly q: Tensor; readonly k: Tensor }, v: Tensor): Tensor =>
      mean(square(attention(p.q, p.k, v)))
    const params = { q: wiggled(shape, 1), k: wiggled(shape, 2) }
    const direction = { q: wiggled(shape, 3), k: wiggled(shape, 4) }
    const v = wiggled(shape, 5)
    const product = hvp(loss)(params, direction, v)
    const slope = (p: typeof params): Tensor => {
      const g = grad(loss)(p, v)
      return add(inner(g.q, direction.q), inner(g.k, direction.k))
    }
    const other = grad(slope)(params)
    expectNear(numbersOf(product.q), numbersOf(other.q), 6)
    expectNear(numbersOf(product.k), numbersOf(other.k), 6)
  })
})
