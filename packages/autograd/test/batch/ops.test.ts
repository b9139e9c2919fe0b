import { describe, expect, it } from "vitest"
import { applyOp, input, interpret, type Op, type Tensor } from "@diva/tensor"
import { vmap } from "@diva/autograd"
import { batchOf, mappableOps, oneByOne, samplesOf, someChoices } from "./mapped.ts"

const size = 3
const f64 = { precision: "f64" } as const

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0)

const expectEqual = (title: string, op: Op, sample: Op["samples"][number], mapped: readonly boolean[]): void => {
  const values = batchOf(op, sample, mapped, size)
  const leaves = values.map(({ shape, dtype }, i) => input({ shape, dtype }, `x${i}`))
  const f = (...xs: readonly Tensor[]): Tensor => applyOp(op, xs, sample.attributes)
  const given = new Map(values.map((value, i) => [`x${i}`, value] as const))
  const both = [
    vmap(f, { in: mapped.map((is) => (is ? 0 : null)) })(...leaves),
    oneByOne(f, leaves, mapped, size),
  ] as const
  const [got, want] = interpret(both, given, f64)
  expect([got.shape, got.dtype], title).toEqual([want.shape, want.dtype])
  const allowed = 1e-9 * largest(want.data)
  want.data.forEach((value, i) => {
    const x = got.data[i]!
    const same = x === value || (Number.isNaN(x) && Number.isNaN(value)) || Math.abs(x - value) <= allowed
    expect(same, `${title}, element ${i}: ${x} instead of ${value}`).toBe(true)
  })
}

describe.each(mappableOps.map((op) => [op.name, op] as const))("vmap of %s", (_name, op) => {
  it("is the op of each example, stacked, whichever operands are mapped", () => {
    const samples = samplesOf(op, 1_500)
    expect(samples.length).toBeGreaterThan(0)
    for (const sample of samples)
      for (const mapped of someChoices(sample.inputs.length)) {
        const shapes = sample.inputs.map(({ shape }) => `[${shape.join(", ")}]`).join(" ")
        expectEqual(`${op.name} of ${shapes}, mapped ${mapped.join(", ")}`, op, sample, mapped)
      }
  })
})
