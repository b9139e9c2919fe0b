import { describe, expect, it } from "vitest"
import { hostKey } from "../../src/key/hostKey.ts"
import { interpret } from "../../src/graph/interpret.ts"
import type { HostArray } from "../../src/host/array.ts"
import { input } from "../../src/ops/input.ts"
import type { Composition } from "./composition.ts"
import { compositions, plain } from "./compositions.ts"
import { agree, slopeOf, weighed } from "./directional.ts"
import { randomArray } from "./samples.ts"
import { gradients } from "./reverse.ts"
import { isFloating } from "../../src/dtype/dtype.ts"
import { add } from "../../src/ops/add.ts"

const valuesOf = ({ inputs }: Composition) => inputs.map((range, i) => randomArray(range, hostKey(i + 1)))

const leavesOf = ({ inputs }: Composition) => inputs.map(({ shape, dtype }, i) => input({ shape, dtype }, `x${i}`))

const inHalf = (value: HostArray): HostArray => {
  if (value.dtype !== "f32") return value
  return { shape: value.shape, dtype: "f16", data: Float16Array.from(value.data) }
}

describe.each(compositions)("$name", (composition) => {
  const { inputs } = composition
  const values = valuesOf(composition)
  const leaves = leavesOf(composition)
  const y = composition.build(...leaves)

  it("computes what it says", () => {
    const given = new Map(values.map((value, i) => [`x${i}`, value]))
    const got = plain(interpret(y, given, { precision: "f64" }))
    const want = composition.reference(...values.map(plain))
    expect(got.length).toBe(want.length)
    const scale = Math.max(...want.map(Math.abs))
    // Weights of resizing are rounded to f32, as the original does; the rest is f64 on both sides.
    want.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(5e-7 * scale))
  })

  it.skipIf(composition.noGradient !== undefined)(
    "has the gradient of a finite difference, and its gradient too",
    () => {
      const first = weighed(y, 1)
      expect(slopeOf(first.scalar, leaves, values, [first.given])).toSatisfy(agree)
      const wrt = leaves.filter(({ dtype }) => isFloating(dtype))
      const parts = gradients(first.scalar, wrt).map((part, i) => weighed(part, 100 + i))
      const second = parts.map(({ scalar }) => scalar).reduce((held, part) => add(held, part))
      const given = [first.given, ...parts.map((part) => part.given)]
      expect(slopeOf(second, leaves, values, given)).toSatisfy(agree)
    },
  )

  it.skipIf(!inputs.some(({ dtype }) => dtype === "f32") || composition.noGradient !== undefined)(
    "takes f16 storage, and gives gradients of its type",
    () => {
      const half = inputs.map(({ shape, dtype }, i) =>
        input({ shape, dtype: dtype === "f32" ? "f16" : dtype }, `x${i}`),
      )
      const given = new Map(values.map((value, i) => [`x${i}`, inHalf(value)]))
      const result = composition.build(...half)
      const got = plain(interpret(result, given))
      const want = composition.reference(...[...given.values()].map(plain))
      const scale = Math.max(...want.map(Math.abs))
      want.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(4e-3 * scale))
      const floating = half.filter(({ dtype }) => dtype === "f16")
      const parts = gradients(weighed(result, 1).scalar, floating)
      expect(parts.map(({ dtype }) => dtype)).toEqual(floating.map(() => "f16"))
    },
  )
})
