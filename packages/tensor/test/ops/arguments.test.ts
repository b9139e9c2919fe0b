import * as E from "fp-ts/lib/Either.js"
import { expect, it, test } from "vitest"
import { attempt } from "../../src/error.ts"
import { describedAt, applyOp } from "../../src/graph/graph.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { f32 } from "../../src/host/array.ts"
import { interpret } from "../../src/graph/interpret.ts"
import * as t from "../../src/ops/index.ts"
import { pointwiseOp } from "../../src/op/pointwise.ts"
import { mapTree } from "../../src/graph/tree.ts"
import { isTensor } from "../../src/graph/graph.ts"

const x = t.constant([
  [1, 2],
  [3, 4],
])

/** What plain JavaScript may pass. */
const loose = <F>(call: F): ((...values: readonly unknown[]) => Tensor) =>
  call as unknown as (...values: readonly unknown[]) => Tensor

test.each([
  ["an array of 3", () => loose(t.add)([1, 2, 3], x)],
  ["undefined", () => loose(t.add)(x, undefined)],
  ["null", () => loose(t.mul)(x, null)],
  ["a typed array", () => loose(t.mul)(x, new Float32Array(2))],
  ["an object", () => loose(t.sub)(x, { y: x })],
])("an operand that is neither tensor nor number is refused: %s", (what, call) => {
  expect(call).toThrow(what)
})

test.each([
  ["the second operand is a tensor, got an array of 1", () => loose(t.matmul)(x, [[1], [2]].slice(1))],
  ["the second operand is a tensor, got undefined", () => loose(t.matmul)(x, undefined)],
  ["the first operand is a tensor, got an array of 2", () => loose(t.matmul)([[1], [2]], x)],
  ["the second operand is a tensor, got the number 2", () => loose(t.meanSquaredError)(x, 2)],
  ["the second operand is a tensor, got an array of 2", () => loose(t.take)(x, [0, 1])],
  ["the second operand is a tensor, got an array of 2", () => loose(t.linear)(x, [1, 2])],
  ["the second operand is a tensor, got a host array f32[2]", () => loose(t.conv2d)(x, f32([2], [1, 2]))],
  ["the first operand is a tensor, got an array of 2", () => loose(t.softmax)([1, 2])],
  ["the first operand is a tensor, got the number 3", () => loose(t.sum)(3)],
  ["the first operand is a tensor, got an array of 1", () => loose(t.reshape)([[1, 2]], [2])],
  ["the first operand is a tensor, got a typed array", () => loose(t.permute)(new Float32Array(2), [0])],
  ["pass this one when the program runs", () => loose(t.exp)(f32([2], [1, 2]))],
])("an operand that must be a tensor is refused where it is none: %s", (text, call) => {
  expect(call).toThrow(text)
})

test.each([
  ["options are given as an object { axis, keep }, got 1", () => loose(t.mean)(x, 1)],
  ["did you mean keep?", () => loose(t.sum)(x, { keepdims: true })],
  ["did you mean axis?", () => loose(t.softmax)(x, { dim: 0 })],
  ["did you mean axis?", () => loose(t.max)(x, { axsi: 0 })],
  ["did you mean eps?", () => loose(t.layerNorm)(x, { epsilon: 1 })],
  ["got an array of 2", () => loose(t.slice)(x, [0, 0], [1, 1])],
  ["did you mean ends?", () => loose(t.slice)(x, { starts: [0], end: [1] })],
  ["there is no option style", () => loose(t.pad)(x, { style: "reflect" })],
  ["got a tensor", () => loose(t.sum)(x, x)],
])("an option that is not known is refused with the nearest name: %s", (text, call) => {
  expect(call).toThrow(text)
})

it("nested arrays are constants of their shape", () => {
  expect(x.shape).toEqual([2, 2])
  expect([...interpret(x).data]).toEqual([1, 2, 3, 4])
  expect(t.constant([[[1], [2]]], undefined, "i32")).toMatchObject({ shape: [1, 2, 1], dtype: "i32" })
  expect(t.constant([[1, 2, 3, 4]], [2, 2]).shape).toEqual([2, 2])
})

test.each([
  ["an array of 1 stands where an array of 2 was expected", [[1, 2], [3]]],
  ["an array of 1 stands where a number was expected", [1, [2]]],
  ["found 3 where a number was expected", [[1], 3]],
  ["found undefined where a number was expected", [1, undefined]],
  ["found x where a number was expected", [1, "x"]],
])("a constant of rows that differ, or of what is no number, is refused: %s", (text, values) => {
  expect(() => loose(t.constant)(values)).toThrow(text)
})

it("a shape rule may give its operand back: the node has an id, an op and inputs of its own", () => {
  const cube = {
    ...pointwiseOp({
      name: "cube",
      doc: "cube(x) = x³",
      takes: ["f32"],
      arity: 1,
      cpu: (v) => v ** 3,
      wgsl: ([v]) => v,
      vjp: { none: "only for this test" },
      flops: 2,
      shows: [],
    }),
    gives: ([operand]: readonly { readonly shape: readonly number[]; readonly dtype: "f32" }[]) => E.right(operand!),
  }
  const y = applyOp(cube as never, [x], {})
  expect(y.op.name).toBe("cube")
  expect(y.id).not.toBe(x.id)
  expect([...interpret(y).data]).toEqual([1, 8, 27, 64])
})

it("an error that nobody catches prints what it says, and then the way to it", () => {
  const error = attempt(() => t.add(x, t.constant([1, 2, 3])))
  if (!E.isLeft(error)) throw new Error("it is not refused")
  const { message, stack } = error.left
  expect(message).toMatch(/^ShapeMismatch in add: /)
  expect(stack!.slice(0, message.length)).toBe(message)
  expect(stack!.slice(message.length)).toMatch(/^\n +at /)
})

it("positions are the caller's, however deep the tree that the call walks", () => {
  const deep = Array.from({ length: 25 }).reduce<unknown>((inner) => ({ inner }), x)
  const limit = Error.stackTraceLimit
  const made: Tensor[] = []
  mapTree(deep, isTensor, (leaf) => {
    const y = t.neg(leaf)
    made.push(y)
    return y
  })
  expect(describedAt(made[0]!)).toContain("arguments.test.ts")
  const failing = (): unknown => mapTree(deep, isTensor, () => t.reshape(x, [3]))
  expect(failing).toThrow(/at .*arguments\.test\.ts/)
  expect(Error.stackTraceLimit).toBe(limit)
})
