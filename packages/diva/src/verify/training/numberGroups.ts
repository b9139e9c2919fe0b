import type { DivaCaseResult } from "../../reference/divaCaseResult.ts"
import { Effect, Predicate } from "effect"
import { allowedError } from "../bars.ts"
import { fieldOf, isNumbers, recordIn } from "../documentFields.ts"
import type { GroupResult, TensorResult } from "../group.ts"
import type { ReadableCase } from "../kind.ts"
import { compareElements } from "../relative.ts"

const numberGroup = (name: string, tensors: readonly TensorResult[]): readonly GroupResult[] =>
  tensors.length === 0 ? [] : [{ name, tensors, passed: tensors.every(({ passed }) => passed) }]

const lossesField = "inner_losses[step][micro][inner]"

type Losses = readonly (readonly (readonly number[])[])[]

const isLosses = (value: unknown): value is Losses =>
  Array.isArray(value) && value.every((step) => Array.isArray(step) && step.every(isNumbers))

const expectedHas = ({ document }: ReadableCase, field: string): boolean =>
  Predicate.hasProperty(recordIn(document, "expected"), field)

export const compareLosses = Effect.fnUntraced(function* (found: ReadableCase, { losses }: DivaCaseResult) {
  if (!expectedHas(found, lossesField)) return []
  const want = yield* fieldOf(found, ["expected", lossesField], "losses by step, micro-batch and draw", isLosses)
  const allowed = yield* allowedError(found, {
    bar: ["tolerance", "inner_losses_rel"],
    measured: ["f32_vs_f64", "inner_losses_max_rel"],
  })
  const steps = want.map((step, i) => compareElements(`step ${i}`, (losses[i] ?? []).flat(), step.flat(), allowed))
  return numberGroup("inner losses", steps)
})

export const compareNorms = Effect.fnUntraced(function* (found: ReadableCase, { gradientNorms }: DivaCaseResult) {
  const field = "grad_norm_before_clip_per_step"
  if (!expectedHas(found, field)) return []
  const want = yield* fieldOf(found, ["expected", field], "a list of numbers", isNumbers)
  const allowed = yield* allowedError(found, {
    bar: ["tolerance", "grad_norm_rel"],
    measured: ["f32_vs_f64", "grad_norms_max_rel"],
  })
  return numberGroup("gradient norms", [compareElements("every step", gradientNorms, want, allowed)])
})

export const compareRates = Effect.fnUntraced(function* (found: ReadableCase, { learningRates }: DivaCaseResult) {
  const field = "lr_per_optimizer_step"
  if (!expectedHas(found, field)) return []
  const want = yield* fieldOf(found, ["expected", field], "a list of numbers", isNumbers)
  return numberGroup("learning rates", [compareElements("every step", learningRates, want, 1e-12)])
})
