import { inspect } from "node:util"
import { describe, expect, it, test } from "vitest"
import { interpret } from "../../src/graph/interpret.ts"
import { bool, f32, i32, u32 } from "../../src/host/array.ts"
import { like } from "../../src/graph/like.ts"
import * as t from "../../src/ops/index.ts"

const x = t.constant([
  [1, 2],
  [3, 4],
])

describe("a tensor printed", () => {
  it("shows its type, what it is of what, and where it was described", () => {
    const y = t.sum(t.matmul(t.input({ shape: [3, 2], dtype: "f32" }, "batch.x"), x), { axis: 0, keep: true })
    expect(inspect(y)).toMatch(
      /^Tensor f32\[1, 2\] = sum\(f32\[3, 2\], axes: \[0\]\) at .*printing\.test\.ts:\d+:\d+\)?$/,
    )
    expect(inspect(t.input({ shape: [3, 2], dtype: "f32" }, "batch.x"))).toContain('f32[3, 2] = the argument "batch.x"')
    expect(inspect(t.zeros([3], "i32"))).toContain("Tensor i32[3] = every element 0 at")
  })

  it("shows a constant's numbers, a row a line, and only the ends of long axes", () => {
    expect(inspect(x)).toContain("Tensor f32[2, 2] =\n[[1, 2],\n [3, 4]]\nat ")
    expect(inspect(t.constant(Array.from({ length: 100 }, (_, i) => i / 3)))).toContain(
      "[0, 0.33333, 0.66667, …, 32.333, 32.667, 33]",
    )
  })
})

it("a host array prints its numbers", () => {
  expect(inspect(interpret(t.mul(x, 0.5)))).toBe("f32[2, 2] \n[[0.5, 1],\n [1.5, 2]]")
  expect(inspect(i32([3], [1, -2, 3]))).toBe("i32[3] [1, -2, 3]")
  expect(inspect(f32([3], [NaN, -Infinity, 1e-7]))).toBe("f32[3] [NaN, -∞, 1e-7]")
})

test.each([
  ["x + 1", () => (x as unknown as number) + 1],
  ["x > 1", () => (x as unknown as number) > 1],
  ["-x", () => -(x as unknown as number)],
])("%s is refused in words", (_text, compute) => {
  expect(compute).toThrow("JavaScript's operators cannot compute with it")
  expect(compute).toThrow("add(x, 1)")
})

it("a tensor in a template is its text", () => {
  expect(`${String(t.zeros([2]))}`).toMatch(/^Tensor f32\[2\] = every element 0/)
})

describe("specs and host arrays of a type", () => {
  it("are made by its name", () => {
    expect(f32([32, 784])).toEqual({ shape: [32, 784], dtype: "f32" })
    const data = new Float32Array([1, 2])
    expect(f32([2], data).data).toBe(data)
    expect([...u32([2, 1], [[1], [2]]).data]).toEqual([1, 2])
    expect(bool([2], [0, 1]).dtype).toBe("bool")
  })

  it("refuse numbers that the type does not hold, or that are not as many", () => {
    expect(() => u32([1], [-1])).toThrow("InvalidData in u32")
    expect(() => f32([3], [1, 2])).toThrow("[3] has 3 elements, data has 2")
  })

  it("like gives the specs of any tree", () => {
    expect(like({ a: x, b: [i32([1], [5])], rate: 0.1, spec: f32([4]) })).toEqual({
      a: f32([2, 2]),
      b: [i32([1])],
      rate: f32([]),
      spec: f32([4]),
    })
    expect(() => like({ mode: "fast" })).toThrow('TreeMismatch in like: "mode" is a string')
  })
})
