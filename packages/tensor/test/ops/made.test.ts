import { describe, expect, it } from "vitest"
import {
  arange,
  constant,
  cumsum,
  eye,
  interpret,
  linspace,
  oneHot,
  roll,
  tril,
  zeros,
  type Tensor,
  elu,
  softplus,
} from "@diva/tensor"

const values = (x: Tensor): readonly number[] => Array.from(interpret({ x }).x.data)

describe("tensors that are made of numbers", () => {
  it("arange counts like NumPy's", () => {
    expect(values(arange(4))).toEqual([0, 1, 2, 3])
    expect(values(arange(1, 2, 0.25))).toEqual([1, 1.25, 1.5, 1.75])
    expect(values(arange(3, 0, -1, "i32"))).toEqual([3, 2, 1])
    expect(arange(2, 2).shape).toEqual([0])
    expect(arange(5, 2).shape).toEqual([0])
    expect(() => arange(0, 1, 0)).toThrow(/never ends/)
    expect(() => arange(0, Infinity)).toThrow(/never ends/)
  })

  it("linspace ends where it says, for any number of steps", () => {
    expect(values(linspace(0, 1, 5))).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(values(linspace(-0.1, 0.7, 48)).at(-1)).toBe(Math.fround(0.7))
    expect(values(linspace(3, 9, 1))).toEqual([3])
    expect(linspace(3, 9, 0).shape).toEqual([0])
  })

  it("eye and oneHot put ones where they belong", () => {
    expect(values(eye(2, 3))).toEqual([1, 0, 0, 0, 1, 0])
    expect(values(eye(2, 3, 1, "i32"))).toEqual([0, 1, 0, 0, 0, 1])
    expect(values(eye(2, 2, -1))).toEqual([0, 0, 1, 0])
    const labels = constant(
      [
        [2, 0],
        [5, -1],
      ],
      [2, 2],
      "i32",
    )
    expect(values(oneHot(labels, 3))).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(oneHot(labels, 3).shape).toEqual([2, 2, 3])
    expect(() => oneHot(constant([0.5]), 3)).toThrow(/labels are integers[\s\S]*cast/)
  })

  it("nothing, one and much are taken, too", () => {
    expect(cumsum(zeros([0])).shape).toEqual([0])
    expect(
      values(
        cumsum(
          constant([
            [1, 2],
            [3, 4],
          ]),
          0,
        ),
      ),
    ).toEqual([1, 2, 4, 6])
    expect(values(cumsum(constant([1, 2, 3, 4], [4], "i32")))).toEqual([1, 3, 6, 10])
    expect(roll(zeros([0]), 3).shape).toEqual([0])
    expect(values(roll(constant([1, 2, 3]), -4))).toEqual([2, 3, 1])
    expect(() => tril(zeros([3]))).toThrow(/matrix/)
  })
})

describe("activations keep their digits", () => {
  /** Relative errors in f32 arithmetic. */
  const errors = (op: (x: Tensor) => Tensor, reference: (x: number) => number, xs: readonly number[]) =>
    values(op(constant(xs))).map((y, i) => Math.abs(y / reference(Math.fround(xs[i]!)) - 1))

  it("softplus far below and above 0", () => {
    const xs = [-80, -20, -5, -1, -0.01, 0, 0.01, 1, 5, 20, 80, 3e38]
    const reference = (x: number): number => (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(x)))
    expect(Math.max(...errors(softplus, reference, xs))).toBeLessThan(1e-6)
  })

  it("elu near 0", () => {
    expect(Math.max(...errors(elu, Math.expm1, [-1e-30, -1e-6, -1e-3, -0.1, -1, -10, -1e30]))).toBeLessThan(1e-6)
  })
})
