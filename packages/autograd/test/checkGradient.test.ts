import { describe, expect, it } from "vitest"
import {
  add,
  exp,
  interpret,
  logistic,
  matmul,
  mean,
  mul,
  sin,
  square,
  sub,
  sum,
  tanh,
  cast,
  type Tensor,
} from "@diva/tensor"
import { checkGradient, renderGradientReport } from "@diva/autograd"
import { offByFactor, wrongAtSecondOrder } from "./brokenOps.ts"
import { f32, wiggle } from "./evaluate.ts"

const at = { x: f32(wiggle(6), [2, 3]), w: f32(wiggle(3, 1), [3, 1]) }
const net = ({ x, w }: { readonly x: Tensor; readonly w: Tensor }): Tensor => mean(square(tanh(matmul(sin(x), exp(w)))))

describe("checkGradient", () => {
  it.each([1, 2, 3])("passes a right gradient at both orders with room to spare (seed %i)", (seed) => {
    const report = checkGradient({ f: net, at, seed })
    expect(report).toMatchObject({ pass: true, seed, elements: 9 })
    expect(report.derivatives.map(({ order }) => order)).toEqual([1, 2])
    for (const { reverse, relativeError } of report.derivatives) {
      expect(Math.abs(reverse)).toBeGreaterThan(1e-6)
      expect(relativeError).toBeLessThan(1e-7)
    }
  })

  it("catches a rule that is wrong by a hundred-thousandth", () => {
    const broken = offByFactor(1 + 1e-5)
    const report = checkGradient({ f: ({ x }) => sum(broken(x)), at: { x: at.x }, seed: 1 })
    expect(report.pass).toBe(false)
    expect(report.derivatives[0]).toMatchObject({ order: 1, pass: false })
    expect(report.derivatives[0]!.relativeError).toBeCloseTo(1e-5, 7)
    expect(renderGradientReport(report)).toContain("DISAGREES")
  })

  it("catches a rule whose own gradient is wrong, at order 2 only", () => {
    const f = ({ x }: { readonly x: Tensor }): Tensor => sum(wrongAtSecondOrder(x))
    const report = checkGradient({ f, at: { x: at.x }, seed: 1 })
    expect(report.derivatives.map(({ pass }) => pass)).toEqual([true, false])
    expect(checkGradient({ f, at: { x: at.x }, seed: 1, orders: 1 }).pass).toBe(true)
  })

  it("fails a derivative that is not a number", () => {
    const broken = offByFactor(NaN)
    expect(checkGradient({ f: ({ x }) => sum(broken(x)), at: { x: at.x }, seed: 1 }).pass).toBe(false)
  })

  it("passes constants and linear functions, whose differences are rounding", () => {
    const f = ({ x, n }: { readonly x: Tensor; readonly n: Tensor }): Tensor =>
      add(mul(sum(x), 1000), sum(cast(n, "f32")))
    const n = { shape: [1], dtype: "i32", data: new Int32Array([7]) } as const
    expect(checkGradient({ f, at: { x: at.x, n }, seed: 4 })).toMatchObject({ pass: true, elements: 6 })
    expect(checkGradient({ f: ({ x }) => sum(sub(x, x)), at: { x: at.x }, seed: 4 }).pass).toBe(true)
  })

  it("takes another evaluator with its own precision", () => {
    const report = checkGradient({
      f: ({ x }) => mean(logistic(x)),
      at: { x: at.x },
      seed: 5,
      evaluate: (outputs, given) => interpret(outputs, given),
      roundoff: 2 ** -23,
      step: 2 ** -6,
      tolerance: 1e-2,
    })
    expect(report.pass).toBe(true)
    expect(report.derivatives[0]!.relativeError).toBeGreaterThan(1e-9)
  })

  it("renders what it compared", () => {
    const text = renderGradientReport(checkGradient({ f: net, at, seed: 1 }))
    expect(text.split("\n")[0]).toBe("gradient agrees with finite differences")
    expect(text).toMatch(/order 1 {2}reverse .*e.* {2}difference .*e.* {2}relative error .* {2}allowed .* {2}equal/)
    expect(text).toContain("9 elements, seed 1")
  })
})
