import { expect } from "vitest"
import type { Op } from "../../src/op/op.ts"
import type { HostArray } from "../../src/host/array.ts"

/** Relative error that each op's device result may have; 0 means the same bits. Sums and products of sums are judged against the largest element. */
const relative: Readonly<Record<string, number>> = {
  // Chains of three or more rounded operations.
  power: 2e-6,
  remainder: 1e-6,
}

const exact = new Set(["floor", "ceil", "round", "sign", "abs", "neg", "maximum", "minimum", "select", "max", "min"])

const sums = new Set([
  "sum",
  "contract",
  "conv2d",
  "conv2dInput",
  "conv2dWeight",
  "scatterAdd",
  "attention",
  "attentionQueries",
  "attentionKeys",
])

const toleranceOf = (op: Op, dtype: HostArray["dtype"]): number => {
  if (dtype !== "f32" && dtype !== "f16") return 0
  const moves = op.lowering.kind === "inline" || op.lowering.kind === "alias" || exact.has(op.name)
  if (dtype === "f16") return 2 ** -10
  return moves ? 0 : (relative[op.name] ?? 3e-7)
}

const largest = ({ data }: HostArray): number => {
  let most = 0
  for (const x of data) most = Math.max(most, Math.abs(x))
  return most
}

/** Index of the first element further off than the op may be, with both values. */
export const firstDifference = (op: Op, got: HostArray, want: HostArray): string | null => {
  const tolerance = toleranceOf(op, got.dtype)
  // Below the smallest normal number devices may give 0.
  const floor = Math.max(sums.has(op.name) ? largest(want) * 2e-6 : 0, 1.2e-38)
  for (let i = 0; i < want.data.length; i++) {
    const [x, y] = [got.data[i]!, want.data[i]!]
    const near = x === y || Math.abs(x - y) <= Math.max(tolerance * Math.abs(y), floor)
    if (!near && !(Number.isNaN(x) && Number.isNaN(y))) return `element ${i}: device ${x}, reference ${y}`
  }
  return null
}

export const expectClose = (op: Op, title: string, got: HostArray, want: HostArray): void => {
  expect({ shape: got.shape, dtype: got.dtype, length: got.data.length }, title).toEqual({
    shape: want.shape,
    dtype: want.dtype,
    length: want.data.length,
  })
  expect(firstDifference(op, got, want), title).toBeNull()
}
