import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  add,
  attempt,
  cast,
  constant,
  div,
  exp,
  expand,
  greater,
  logistic,
  matmul,
  mean,
  mul,
  ones,
  power,
  reshape,
  select,
  sin,
  cos,
  sum,
  tanh,
  transpose,
  zeros,
  type Tensor,
} from "@diva/tensor"
import { grad, stopGradient, valueAndGrad, vjp } from "@diva/autograd"
import { misshapen, opaque } from "./brokenOps.ts"
import { expectNear, given, numberOf, numbersOf, wiggle, wiggled } from "./evaluate.ts"

const leftOf = (describe: () => unknown): unknown => {
  const result = attempt(describe)
  return "left" in result ? result.left : undefined
}

describe("grad and valueAndGrad", () => {
  it("the gradient of Σx² is 2x", () => {
    const [value, gradient] = valueAndGrad((x: Tensor) => sum(mul(x, x)))(constant([1, -2, 3]))
    expect(numberOf(value)).toBe(14)
    expect(numbersOf(gradient)).toEqual([2, -4, 6])
  })

  it("differentiates by the first argument only and keeps its structure", () => {
    const params = { layers: [{ w: wiggled([2, 3]), b: wiggled([3], 1) }], unused: wiggled([4]) }
    const x = wiggled([5, 2], 2)
    const loss = (p: typeof params, x: Tensor): Tensor => sum(add(matmul(x, p.layers[0]!.w), p.layers[0]!.b))
    const gradient = grad(loss)(params, x)
    expect(Object.keys(gradient)).toEqual(["layers", "unused"])
    const columns = numbersOf(sum(x, { axis: 0 }))
    expectNear(
      numbersOf(gradient.layers[0]!.w),
      columns.flatMap((column) => [column, column, column]),
    )
    expect(numbersOf(gradient.layers[0]!.b)).toEqual([5, 5, 5])
    expect(numbersOf(gradient.unused)).toEqual([0, 0, 0, 0])
  })

  it("hands aux through", () => {
    const [[loss, aux], gradient] = valueAndGrad((x: Tensor) => [sum(exp(x)), { doubled: mul(x, 2) }] as const, {
      aux: true,
    })(constant([0, 1]))
    expectNear([numberOf(loss)], [1 + Math.E])
    expect(numbersOf(aux.doubled)).toEqual([0, 2])
    expectNear(numbersOf(gradient), [1, Math.E])
  })

  it("sums over every use of a leaf and tells equal leaves apart", () => {
    const x = constant([2, 3])
    const product = (p: { readonly a: Tensor; readonly b: Tensor }): Tensor => sum(mul(mul(p.a, p.a), p.b))
    const gradient = grad(product)({ a: x, b: x })
    expect(numbersOf(gradient.a)).toEqual([8, 18])
    expect(numbersOf(gradient.b)).toEqual([4, 9])
  })

  it("holds a tensor constant where it is reached through a closure", () => {
    const x = constant([2, 3])
    expect(numbersOf(grad((y: Tensor) => sum(mul(y, x)))(x))).toEqual([2, 3])
  })

  it("ignores paths through integers, booleans and stopGradient", () => {
    const f = (x: Tensor): Tensor => {
      const whole = cast(cast(x, "i32"), "f32")
      return sum(add(mul(whole, x), mul(stopGradient(x), select(greater(x, 0), x, mul(x, 10)))))
    }
    expect(numbersOf(grad(f)(constant([2.5, -3.5])))).toEqual([2 + 2.5, -3 - 35])
  })

  it("is the value's own cotangent when the loss is a leaf or unrelated", () => {
    expect(numberOf(grad((x: Tensor) => x)(constant([4], [])))).toBe(1)
    expect(numbersOf(grad((_x: Tensor) => ones([]))(constant([4, 5])))).toEqual([0, 0])
  })

  it("gives a f16 leaf a f16 gradient, summed in f32", () => {
    const w = constant([1, 2], [2, 1], "f16")
    const gradient = grad((w: Tensor) =>
      sum(
        matmul(
          constant(
            [
              [3, 4],
              [2048, 1],
            ].flat(),
            [2, 2],
          ),
          w,
        ),
      ),
    )(w)
    expect(gradient.dtype).toBe("f16")
    expect(numbersOf(gradient)).toEqual([2052, 5])
    const mixed = grad((x: Tensor) => add(sum(mul(x, x)), sum(mul(cast(x, "f32"), 0.5))))(constant([3], [1], "f16"))
    expect(numbersOf(mixed)).toEqual([6.5])
  })

  it("holds constant what was described before the differentiated function", () => {
    const { tensor, values } = given("x", [1, 2])
    const before = exp(tensor)
    const gradient = grad((y: Tensor) => sum(mul(y, before)))(tensor)
    expectNear(numbersOf(gradient, new Map([values])), [Math.E, Math.E ** 2])
  })
})

describe("gradients of gradients", () => {
  it("equal the analytic second and third derivatives", () => {
    const cubed = (x: Tensor): Tensor => power(x, 3)
    const x = constant([1.5], [])
    expectNear([numberOf(grad(cubed)(x))], [3 * 1.5 ** 2])
    expectNear([numberOf(grad(grad(cubed))(x))], [6 * 1.5])
    const wave = (x: Tensor): Tensor => sin(mul(x, 2))
    expectNear([numberOf(grad(grad(grad(wave)))(x))], [-8 * Math.cos(3)], 4)
  })

  it("give Hessian-vector products", () => {
    const f = (x: Tensor): Tensor => sum(mul(mul(x, x), reshape(sum(x), [1])))
    const v = constant([1, -2, 0.5])
    const x = constant([1, 2, 3])
    const product = grad((x: Tensor) => sum(mul(grad(f)(x), v)))(x)
    // f = s·Σxᵢ², s = Σxᵢ: Hᵢⱼ = 2xᵢ + 2xⱼ + 2s·δᵢⱼ
    const hessian = [1, 2, 3].map((a, i) => [1, 2, 3].map((b, j) => 2 * a + 2 * b + (i === j ? 12 : 0)))
    expectNear(
      numbersOf(product),
      hessian.map((row) => row[0]! - 2 * row[1]! + 0.5 * row[2]!),
    )
  })

  it("see an inner gradient's dependence on outer variables", () => {
    const f = (x: Tensor): Tensor => {
      const inner = grad((y: Tensor) => mul(mul(y, y), x))(x)
      return mul(inner, x)
    }
    // inner = 2·x·x, f = 2x³
    expectNear([numberOf(grad(f)(constant([2], [])))], [24])
  })
})

describe("vjp", () => {
  it("takes cotangents of any shape back to every primal", () => {
    const [a, b, g] = [wiggled([2, 3]), wiggled([3, 4], 1), wiggled([2, 4], 2)]
    const [output, pullback] = vjp((a: Tensor, b: Tensor) => ({ product: matmul(a, b) }))(a, b)
    expect(output.product.shape).toEqual([2, 4])
    const [da, db] = pullback({ product: g })
    expectNear(numbersOf(da), numbersOf(matmul(g, transpose(b))))
    expectNear(numbersOf(db), numbersOf(matmul(transpose(a), g)))
  })

  it("is linear in the cotangent", () => {
    const x = wiggled([3, 2])
    const [, pullback] = vjp((x: Tensor) => div(tanh(mul(x, x)), add(logistic(x), 1)))(x)
    const cotangent = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(cotangent, cotangent, fc.float({ min: -2, max: 2, noNaN: true }), (first, second, scale) => {
        const [g, h] = [constant(first, [3, 2]), constant(second, [3, 2])]
        const together = pullback(add(g, mul(h, scale)))[0]
        const apart = add(pullback(g)[0], mul(pullback(h)[0], scale))
        expectNear(numbersOf(together), numbersOf(apart), 4)
      }),
      { numRuns: 30 },
    )
  })

  it("adds the cotangents of an output that appears twice, and ignores those of integers", () => {
    const [, pullback] = vjp((x: Tensor) => {
      const y = mul(x, 3)
      return { y, again: y, rounded: cast(y, "i32") }
    })(constant([1, 2]))
    const [dx] = pullback({ y: ones([2]), again: constant([10, 20]), rounded: zeros([2], "i32") })
    expect(numbersOf(dx)).toEqual([33, 63])
  })

  it("refuses cotangents unlike the output", () => {
    const [, pullback] = vjp((x: Tensor) => ({ y: mul(x, 3) }))(constant([1, 2]))
    expect(leftOf(() => pullback({ y: ones([3]) }))).toMatchObject({ _tag: "TreeMismatch", op: "vjp", path: "y" })
    expect(leftOf(() => pullback({} as never))).toMatchObject({ _tag: "TreeMismatch", path: "y" })
  })
})

describe("laws", () => {
  it("the gradient of a sum of functions is the sum of their gradients", () => {
    const functions = [exp, sin, tanh, (x: Tensor) => mul(x, x), (x: Tensor) => mul(x, 3)]
    const pick = fc.constantFrom(...functions)
    fc.assert(
      fc.property(
        pick,
        pick,
        fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 5 }),
        (f, g, at) => {
          const x = constant(at)
          const both = grad((x: Tensor) => sum(add(f(x), g(x))))(x)
          const apart = add(grad((x: Tensor) => sum(f(x)))(x), grad((x: Tensor) => sum(g(x)))(x))
          expectNear(numbersOf(both), numbersOf(apart))
        },
      ),
      { numRuns: 40 },
    )
  })

  it("the chain rule holds through broadcasting", () => {
    const x = wiggled([3, 1])
    const gradient = grad((x: Tensor) => mean(cos(expand(x, [3, 4]))))(x)
    expectNear(
      numbersOf(gradient),
      wiggle(3).map((v) => -Math.sin(v) / 3),
    )
  })
})

describe("mistakes", () => {
  it("a loss that is no scalar is refused with its shape", () => {
    expect(leftOf(() => grad((x: Tensor) => x)(constant([1, 2])))).toMatchObject({
      _tag: "ShapeMismatch",
      op: "valueAndGrad",
      rule: "the loss must be f32[], got f32[2]",
    })
    expect(leftOf(() => grad((x: Tensor) => cast(sum(x), "i32"))(constant([1])))).toMatchObject({
      _tag: "ShapeMismatch",
    })
    expect(leftOf(() => grad((() => 3) as never)(constant([1])))).toMatchObject({ _tag: "InvalidData" })
  })

  it("an integer leaf is refused with its path", () => {
    const ids = constant([1], [1], "i32")
    const error = leftOf(() => grad((p: { w: Tensor; ids: Tensor }) => sum(p.w))({ w: ones([1]), ids }))
    expect(error).toMatchObject({ _tag: "NotDifferentiable", rule: 'leaf "ids" is i32, which has no derivative' })
  })

  it("an op without a derivative is named, with the place it was used, only where a gradient needs it", () => {
    const error = leftOf(() => grad((x: Tensor) => sum(opaque(x)))(constant([1, 2])))
    expect(error).toMatchObject({ _tag: "NotDifferentiable", op: "opaque", rule: "has no derivative, for a test" })
    expect((error as { readonly at: string }).at).toContain("brokenOps.ts")
    expect((error as { readonly remedy: string }).remedy).toContain("stopGradient")
    expect(numbersOf(grad((x: Tensor) => sum(add(x, opaque(stopGradient(x)))))(constant([1, 2])))).toEqual([1, 1])
  })

  it("a rule that gives a cotangent of another shape is named", () => {
    expect(leftOf(() => grad((x: Tensor) => sum(misshapen(x)))(constant([1, 2])))).toMatchObject({
      _tag: "ShapeMismatch",
      op: "misshapen",
      rule: "its vjp gave f32[] for this input",
    })
  })
})
