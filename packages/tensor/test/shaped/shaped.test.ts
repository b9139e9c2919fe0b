import { describe, expect, expectTypeOf, it } from "vitest"
import { constant, interpret, zeros as anyZeros, type Tensor } from "@diva/tensor"
import {
  add,
  matmul,
  max,
  mean,
  mul,
  permute,
  rearrange,
  relu,
  reshape,
  shaped,
  sum,
  transpose,
  zeros,
  type Shaped,
} from "@diva/tensor/shaped"

/** The shape that the compiler knows is the shape the tensor has. */
const agrees = <const S extends readonly number[]>(x: Shaped<S>, shape: S): void => expect(x.shape).toEqual(shape)

describe("shapes in types", () => {
  const images = zeros([32, 784])
  const weights = zeros([784, 10])

  it("of products: rows and columns, batches broadcast", () => {
    const scores = matmul(images, weights)
    expectTypeOf(scores.shape).toEqualTypeOf<readonly [32, 10]>()
    agrees(scores, [32, 10])
    const batched = matmul(zeros([5, 1, 2, 3]), zeros([4, 3, 7]))
    expectTypeOf(batched.shape).toEqualTypeOf<readonly [5, 4, 2, 7]>()
    agrees(batched, [5, 4, 2, 7])
  })

  it("refuse a product whose inner extents differ, before and when the program is described", () => {
    // @ts-expect-error the last axis of the first is 784, the last but one of the second 768
    expect(() => matmul(images, zeros([768, 10]))).toThrow(/784[\s\S]*768/)
  })

  it("of pointwise ops: axes align from the last, numbers fit everything", () => {
    const sums = add(mul(matmul(images, weights), 2), zeros([10]))
    expectTypeOf(sums.shape).toEqualTypeOf<readonly [32, 10]>()
    agrees(relu(sums), [32, 10])
    agrees(add(zeros([4, 1]), zeros([3])), [4, 3])
    // @ts-expect-error 10 and 9 do not broadcast
    expect(() => add(zeros([32, 10]), zeros([9]))).toThrow(/broadcast/)
  })

  it("of reductions: axes from both ends, kept or not", () => {
    const x = zeros([2, 3, 4])
    expectTypeOf(sum(x).shape).toEqualTypeOf<readonly []>()
    expectTypeOf(mean(x, { axis: 1 }).shape).toEqualTypeOf<readonly [2, 4]>()
    expectTypeOf(max(x, { axis: [0, -1], keep: true }).shape).toEqualTypeOf<readonly [1, 3, 1]>()
    agrees(sum(x), [])
    agrees(mean(x, { axis: 1 }), [2, 4])
    agrees(max(x, { axis: [0, -1], keep: true }), [1, 3, 1])
    agrees(sum(x, { keep: true }), [1, 1, 1])
  })

  it("of layouts", () => {
    const x = zeros([2, 3, 4])
    expectTypeOf(permute(x, [2, 0, -2]).shape).toEqualTypeOf<readonly [4, 2, 3]>()
    agrees(permute(x, [2, 0, -2]), [4, 2, 3])
    agrees(transpose(x), [2, 4, 3])
    agrees(reshape(x, [6, 4]), [6, 4])
    expectTypeOf(reshape(x, [6, -1]).shape).toEqualTypeOf<readonly [6, number]>()
  })

  it("of rearranged axes: names keep their extents, joined ones are known when the program runs", () => {
    const x = zeros([2, 12, 5])
    const heads = rearrange(x, "b (h d) t -> b h t d", { h: 4 })
    expectTypeOf(heads.shape).toEqualTypeOf<readonly [2, 4, 5, number]>()
    expect(heads.shape).toEqual([2, 4, 5, 3])
    const flat = rearrange(x, "b c t -> t (b c) 1")
    expectTypeOf(flat.shape).toEqualTypeOf<readonly [5, number, 1]>()
    expect(flat.shape).toEqual([5, 24, 1])
    // @ts-expect-error the pattern names two axes, x has three
    expect(() => rearrange(x, "b c -> c b")).toThrow(/names 2 axes, x has 3/)
  })

  it("are unknown for a tensor from elsewhere, which is taken and checked when described", () => {
    const elsewhere: Tensor = anyZeros([784, 10])
    expectTypeOf(matmul(images, elsewhere).shape).toEqualTypeOf<readonly number[]>()
    expect(matmul(images, elsewhere).shape).toEqual([32, 10])
    expect(() => matmul(images, anyZeros([3, 10]))).toThrow(/784/)
  })

  it("are said of such a tensor, and the saying is checked", () => {
    const said = shaped(anyZeros([784, 10]), [784, -1])
    expectTypeOf(said.shape).toEqualTypeOf<readonly [784, number]>()
    expectTypeOf(matmul(images, said).shape).toEqualTypeOf<readonly [32, number]>()
    expect(() => shaped(anyZeros([784, 10]), [784, 11])).toThrow(/\[784, 11\]/)
    expect(() => shaped(anyZeros([784, 10]), [784])).toThrow(/\[784\]/)
  })

  it("change nothing of what is computed", () => {
    const x = shaped(
      constant([
        [1, 2],
        [3, 4],
      ]),
      [2, 2],
    )
    expect(interpret({ y: sum(matmul(x, transpose(x)), { axis: 0 }) }).y.data).toEqual(Float32Array.from([16, 36]))
  })
})
