import { pipe } from "fp-ts/lib/function.js"
import { expect, it } from "vitest"
import type { Tensor } from "../../src/graph/tensor.ts"
import { interpret } from "../../src/graph/interpret.ts"
import * as t from "../../src/ops/index.ts"

const x = t.constant([1, -2, 3, 4, 5, 6], [2, 3])
const y = t.constant([2, 2, 1, 1, 4, 4], [2, 3])
const image = t.constant([1, 2, 3, 4], [1, 1, 2, 2])
const kernel = t.constant([3, 4], [1, 1, 1, 2])

it.each<readonly [string, () => Tensor, () => Tensor]>([
  ["sub", () => t.sub(x, y), () => pipe(x, t.sub(y))],
  ["div by a number", () => t.div(x, 4), () => pipe(x, t.div(4))],
  ["reshape", () => t.reshape(x, [3, 2]), () => pipe(x, t.reshape([3, 2]))],
  ["sum", () => t.sum(x, { axis: 0 }), () => pipe(x, t.sum({ axis: 0 }))],
  ["sum of everything", () => t.sum(x), () => pipe(x, t.sum())],
  ["clamp", () => t.clamp(x, 0, 4), () => pipe(x, t.clamp(0, 4))],
  ["clamp by tensors", () => t.clamp(x, y, 9), () => t.minimum(t.maximum(x, y), 9)],
  ["cast", () => t.cast(x, "i32"), () => pipe(x, t.cast("i32"))],
  ["softmax", () => t.softmax(x, { axis: 0 }), () => pipe(x, t.softmax({ axis: 0 }))],
  ["layerNorm", () => t.layerNorm(x, { eps: 1 }), () => pipe(x, t.layerNorm({ eps: 1 }))],
  ["matmul", () => t.matmul(x, t.transpose(y)), () => pipe(x, t.matmul(t.transpose(y)))],
  ["linear", () => t.linear(x, y), () => pipe(x, t.linear(y))],
  [
    "linear with a bias",
    () => t.linear(x, y, t.constant([1, 2])),
    () => pipe(x, t.linear(y, { bias: t.constant([1, 2]) })),
  ],
  ["conv2d", () => t.conv2d(image, kernel), () => pipe(image, t.conv2d(kernel))],
  [
    "conv2d with options",
    () => t.conv2d(image, kernel, { padding: 1 }),
    () => pipe(image, t.conv2d(kernel, { padding: 1 })),
  ],
  ["take", () => t.take(x, t.iota([2])), () => pipe(x, t.take(t.iota([2])))],
  ["meanSquaredError", () => t.meanSquaredError(x, y), () => pipe(x, t.meanSquaredError(y))],
])("%s means the same before and behind its tensor", (_name, first, last) => {
  expect(interpret(last())).toEqual(interpret(first()))
})

it("numbers take the type of the tensor beside them", () => {
  const counts = t.iota([3])
  expect(t.add(counts, 1).dtype).toBe("i32")
  expect([...interpret(t.mul(counts, 3)).data]).toEqual([0, 3, 6])
  expect(t.select(t.greater(counts, 1), counts, 0).dtype).toBe("i32")
})

it("select broadcasts its condition and both branches", () => {
  const picked = t.select(t.less(t.iota([2, 1]), 1), x, t.constant([7, 8, 9]))
  expect([...interpret(picked).data]).toEqual([1, -2, 3, 7, 8, 9])
  expect(t.select(t.less(t.iota([4, 1]), 2), 1, 0).shape).toEqual([4, 1])
})

it("convolution options mean what PyTorch's mean", () => {
  const shape = (options: t.Conv2dOptions) => t.conv2d(t.zeros([1, 4, 9, 8]), t.zeros([6, 4, 3, 3]), options).shape
  expect(shape({})).toEqual([1, 6, 7, 6])
  expect(shape({ padding: 1 })).toEqual([1, 6, 9, 8])
  expect(shape({ stride: 2, padding: [1, 0] })).toEqual([1, 6, 5, 3])
  expect(shape({ padding: [0, 1, 0, 1], stride: [2, 1] })).toEqual([1, 6, 4, 7])
})
