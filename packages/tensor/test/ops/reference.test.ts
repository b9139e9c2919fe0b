import { describe, expect, it } from "vitest"
import * as E from "fp-ts/lib/Either.js"
import { interpret } from "../../src/graph/interpret.ts"
import { ops } from "../../src/ops/registry.ts"
import { sizeOf } from "../../src/shape/shape.ts"
import { argumentsOf, arrayOf, describeSample, elementsOf, givenBy } from "./samples.ts"

for (const op of ops) {
  describe(`${op.name}`, () => {
    it.skipIf(op.name === "input")("gives what its examples show", () => {
      expect(op.shows.length).toBeGreaterThan(0)
      for (const show of op.shows) {
        const values = show.inputs.map(arrayOf)
        const got = interpret(describeSample(op, values, show.attributes ?? {}), givenBy(values))
        expect({ shape: got.shape, dtype: got.dtype }).toEqual({
          shape: show.output.shape,
          dtype: show.output.dtype ?? "f32",
        })
        show.output.values.forEach((value, i) => {
          const near = Object.is(got.data[i], value) || Math.abs(got.data[i]! - value) <= 1e-6 * Math.abs(value)
          expect(near ? value : got.data[i]).toBe(value)
        })
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

it("refuses inputs that do not fit with a typed error that has a remedy", () => {
  const strange = { shape: [2, 3, 5, 7, 11], dtype: "bool" } as const
  const takers = ops.filter(({ samples }) => (samples.at(-1)?.inputs.length ?? 0) > 0)
  const results = takers.map((op) =>
    op.gives(
      op.samples.at(-1)!.inputs.map(() => strange),
      op.samples.at(-1)!.attributes,
    ),
  )
  expect(
    results.flatMap((result) => (E.isLeft(result) ? [result.left] : [])).every(({ remedy }) => remedy !== ""),
  ).toBe(true)
  const accepting = takers.flatMap(({ name }, i) => (E.isRight(results[i]!) ? [name] : []))
  expect(accepting).toEqual([
    "cast",
    "concat",
    "customPullback",
    "flip",
    "logicalAnd",
    "logicalNot",
    "logicalOr",
    "named",
    "recompute",
    "select",
    "stopGradient",
    "variable",
  ])
})
