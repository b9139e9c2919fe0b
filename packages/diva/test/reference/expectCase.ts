import { assert } from "@effect/vitest"
import type { DivaCaseResult } from "../../src/reference/divaCaseResult.ts"
import type { NamedArrays } from "../../src/weights/namedArrays.ts"
import { relativeError, worst, type StoredCase } from "./caseFolder.ts"

/** The manifest's suggested tolerances, and its expected numbers. */
interface Document {
  readonly tolerance: Readonly<
    Record<"acts_rel_l2" | "grads_rel_l2" | "inner_losses_rel" | "grad_norm_rel" | "total_update_rel_l2", number>
  >
  readonly expected: {
    readonly "inner_losses[step][micro][inner]": readonly (readonly (readonly number[])[])[]
    readonly grad_norm_before_clip_per_step: readonly number[]
    readonly lr_per_optimizer_step: readonly number[]
  }
}

const documentOf = ({ document }: StoredCase): Document => document as Document

const within = (what: string, got: NamedArrays, want: NamedArrays, bar: number) => {
  const [name, error] = worst(got, want)
  assert.isAtMost(error, bar, `${what}, worst at ${name}`)
}

const relative = (got: number, want: number): number => Math.abs(got - want) / Math.abs(want)

/** Numbers against numbers, as many as were computed. */
const numbersWithin = (what: string, got: readonly number[], want: readonly number[], bar: number) => {
  assert.isAbove(got.length, 0)
  got.forEach((value, i) => assert.isAtMost(relative(value, want[i]!), bar, `${what} ${i}`))
}

/** First forward pass, gradients of the first step, losses and norms of the steps that were run. */
export const expectSteps = (stored: StoredCase, result: DivaCaseResult): void => {
  const { tolerance, expected } = documentOf(stored)
  within("first forward pass", result.firstForward, stored.expected.firstForward, tolerance.acts_rel_l2)
  within("gradients", result.gradients, stored.expected.gradients, tolerance.grads_rel_l2)
  const losses = result.losses.flat(2)
  numbersWithin("loss", losses, expected["inner_losses[step][micro][inner]"].flat(2), tolerance.inner_losses_rel)
  numbersWithin("gradient norm", result.gradientNorms, expected.grad_norm_before_clip_per_step, tolerance.grad_norm_rel)
  result.learningRates.forEach((rate, i) => assert.closeTo(rate, expected.lr_per_optimizer_step[i]!, 1e-15))
}

const finalBar = 1e-5

/** Parameters after two steps and after the last, and how far training moved each. */
export const expectParameters = (stored: StoredCase, result: DivaCaseResult): void => {
  within("parameters", result.parameters, stored.expected.parameters, finalBar)
  const initial = stored.data.weights
  for (const [name, want] of stored.expected.parameters) {
    const before = initial.get(name.slice(name.indexOf(".") + 1))!
    const moved = Float32Array.from(want.data, (value, i) => value - before.data[i]!)
    if (moved.every((value) => value === 0)) continue
    const error = relativeError(result.updates.get(name), { ...want, data: moved })
    assert.isAtMost(error, documentOf(stored).tolerance.total_update_rel_l2, `movement of ${name}`)
  }
}
