import { expect, it } from "vitest"
import { isFloating } from "../../src/dtype/dtype.ts"
import type { Attributes, Op, Sample } from "../../src/op/op.ts"
import type { HostArray } from "../../src/host/array.ts"
import { input } from "../../src/ops/input.ts"
import { add } from "../../src/ops/add.ts"
import { mul } from "../../src/ops/mul.ts"
import { ops } from "../../src/ops/registry.ts"
import { applyOp } from "../../src/graph/graph.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { agree, slopeOf, weighed } from "./directional.ts"
import { gradients } from "./reverse.ts"
import { argumentsOf, elementsOf } from "./samples.ts"

interface Case {
  readonly leaves: readonly Tensor[]
  readonly values: readonly HostArray[]
  readonly y: Tensor
}

const caseOf = (op: Op, sample: Sample<Attributes>): Case => {
  const values = argumentsOf(op, sample)
  const leaves = values.map(({ shape, dtype }, i) => input({ shape, dtype }, `x${i}`))
  return { leaves, values, y: applyOp(op, leaves, sample.attributes) }
}

const differentiable = (op: Op): boolean =>
  typeof op.vjp === "function" && op.samples.some(({ inputs }) => inputs.length > 0)

// Their derivative is 0 wherever there is one, and 0 scaled is 0.
const zeroEverywhere = new Set(["floor", "ceil", "round", "sign"])

/** The op with all its cotangents scaled: a mistake in its rule. */
const offBy = (op: Op, factor: number): Op => {
  const rule = op.vjp as Exclude<Op["vjp"], { none: string }>
  return { ...op, vjp: (pullback) => rule(pullback).map((part) => (part === null ? null : mul(part, factor))) }
}

/** Σ over inputs of the first derivative's directional weights: a scalar whose gradient is the second derivative. */
const secondScalar = ({
  leaves,
  y,
}: Case): { readonly scalar: Tensor; readonly given: readonly (readonly [string, HostArray])[] } => {
  const first = weighed(y, 1)
  const wrt = leaves.filter(({ dtype }) => isFloating(dtype))
  const parts = gradients(first.scalar, wrt).map((part, i) => weighed(part, 100 + i))
  return {
    scalar: parts.map(({ scalar }) => scalar).reduce((total, part) => add(total, part)),
    given: [first.given, ...parts.map(({ given }) => given)],
  }
}

for (const op of ops.filter(differentiable)) {
  const samples = op.samples.filter(
    (sample) => elementsOf(sample) <= 6_000 && sample.inputs.some(({ dtype }) => isFloating(dtype)),
  )

  it.skipIf(op.except?.gradient !== undefined)(`the rule of ${op.name} agrees with a finite difference`, () => {
    expect(samples.length).toBeGreaterThan(0)
    for (const sample of samples) {
      const { leaves, values, y } = caseOf(op, sample)
      const { scalar, given } = weighed(y, 1)
      expect(slopeOf(scalar, leaves, values, [given])).toSatisfy(agree)
    }
  })

  it.skipIf(op.except?.gradient !== undefined || zeroEverywhere.has(op.name))(
    `a rule of ${op.name} that is off by a thousandth is noticed`,
    () => {
      const wrong = offBy(op, 1.001)
      const noticed = samples.some((sample) => {
        const { leaves, values, y } = caseOf(wrong, sample)
        const { scalar, given } = weighed(y, 1)
        return !agree(slopeOf(scalar, leaves, values, [given]))
      })
      expect(noticed).toBe(true)
    },
  )

  it.skipIf(op.except?.secondGradient !== undefined)(`the rule of ${op.name} differentiates again`, () => {
    for (const sample of samples.filter((one) => elementsOf(one) <= 1_500)) {
      const one = caseOf(op, sample)
      const { scalar, given } = secondScalar(one)
      expect(slopeOf(scalar, one.leaves, one.values, given)).toSatisfy(agree)
    }
  })
}
