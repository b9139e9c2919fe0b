import { describe, expect, it } from "vitest"
import {
  attention,
  conv2d,
  input,
  matmul,
  reachable,
  reshape,
  square,
  sum,
  withPrecision,
  type Tensor,
} from "@diva/tensor"
import { checkpoint, grad } from "../src/index.ts"

const f32 = (name: string, shape: readonly number[]): Tensor => input({ shape, dtype: "f32" }, name)

const x = f32("x", [1, 4, 6, 6])
const w = f32("w", [4, 4, 3, 3])

const model = (image: Tensor): Tensor => {
  const seen = conv2d(image, w, { padding: 1 })
  const rows = reshape(seen, [1, 1, 36, 4])
  return matmul(attention(rows, rows, rows), f32("v", [1, 1, 4, 4]))
}

/** Precisions of all nodes that multiply, by op. */
const precisionsOf = (output: Tensor): ReadonlySet<string> =>
  new Set(
    reachable([output])
      .filter(({ op }) => /^(contract|conv2d|attention)/.test(op.name))
      .map(({ op, attributes }) => `${op.name} ${String(attributes["precision"] ?? "the program's")}`),
  )

const everywhere = (precision: string): ReadonlySet<string> =>
  new Set(
    ["contract", "conv2d", "conv2dInput", "attention", "attentionQueries", "attentionKeys"].map(
      (name) => `${name} ${precision}`,
    ),
  )

describe("derivatives are as exact as what they are derivatives of", () => {
  it("inside a function that asks for a precision", () => {
    const loss = (image: Tensor): Tensor => sum(square(withPrecision("high", () => model(image))))
    expect(precisionsOf(grad(loss)(x))).toEqual(everywhere("high"))
  })

  it("also where others are asked for where the gradient is taken", () => {
    const loss = (image: Tensor): Tensor => sum(square(withPrecision("high", () => model(image))))
    expect(precisionsOf(withPrecision("medium", () => grad(loss)(x)))).toEqual(everywhere("high"))
  })

  it("and where nothing is asked for they follow the program", () => {
    expect(precisionsOf(grad((image: Tensor) => sum(square(model(image))))(x))).toEqual(everywhere("the program's"))
  })

  it("and when they are computed again", () => {
    const loss = (image: Tensor): Tensor =>
      sum(square(checkpoint((at: Tensor) => withPrecision("high", () => model(at)))(image)))
    expect(precisionsOf(grad(loss)(x))).toEqual(everywhere("high"))
  })
})
