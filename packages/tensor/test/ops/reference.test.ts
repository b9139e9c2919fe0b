import { describe, expect, it } from "vitest"
import * as E from "fp-ts/lib/Either.js"
import { hostZeros } from "../../src/dtype.ts"
import { interpret } from "../../src/interpret.ts"
import type { Attributes, Example, HostArray } from "../../src/op.ts"
import { ops } from "../../src/ops/registry.ts"
import { sizeOf } from "../../src/shape.ts"
import { argumentsOf, describeSample, elementsOf, givenBy } from "./samples.ts"

const arrayOf = ({ shape, values, dtype = "f32" }: Example<Attributes>["inputs"][number]): HostArray => {
  const data = hostZeros(dtype, values.length)
  data.set(values)
  return { shape, dtype, data }
}

for (const op of ops) {
  describe(op.name, () => {
    it.skipIf(op.name === "input")("gives what its examples show", () => {
      expect(op.shows.length).toBeGreaterThan(0)
      for (const show of op.shows) {
        const values = show.inputs.map(arrayOf)
        const got = interpret(describeSample(op, values, show.attributes ?? {}), givenBy(values))
        expect({ shape: got.shape, dtype: got.dtype }).toEqual({
          shape: show.output.shape,
          dtype: show.output.dtype ?? "f32",
        })
        show.output.values.forEach((value, i) =>
          expect(Math.abs(got.data[i]! - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value)),
        )
      }
    })

    it("fills each sample's whole output with numbers", () => {
      for (const sample of op.samples.filter((one) => elementsOf(one) <= 20_000)) {
        const values = argumentsOf(op, sample)
        const got = interpret(describeSample(op, values, sample.attributes), givenBy(values))
        expect(got.data.length).toBe(sizeOf(got.shape))
        expect(got.data.some((x) => Number.isNaN(x))).toBe(false)
      }
    })

    it("says what it computes in one line", () => {
      expect(op.doc).toMatch(/^\S[^\n]{8,}$/)
      expect(op.doc.startsWith(op.name)).toBe(true)
    })
  })
}

it("gives a typed error, never an exception, for inputs that do not fit", () => {
  const strange = { shape: [2, 3, 5, 7, 11], dtype: "bool" } as const
  for (const op of ops) {
    const sample = op.samples.at(-1)
    if (sample === undefined || sample.inputs.length === 0) continue
    const result = op.gives(
      sample.inputs.map(() => strange),
      sample.attributes,
    )
    if (E.isLeft(result)) expect(result.left.remedy).not.toBe("")
  }
})
