import type { CaseData } from "../../reference/caseArrays.ts"
import type { DivaCaseResult } from "../../reference/divaCaseResult.ts"
import { Effect } from "effect"
import { allowedError } from "../bars.ts"
import type { Arrays } from "../caseTensors.ts"
import { compareGroup, type Pair } from "../group.ts"
import type { ReadableCase } from "../kind.ts"

type Named = DivaCaseResult["parameters"]

const without = (arrays: Arrays, name: string): Arrays =>
  Object.fromEntries(Object.entries(arrays).filter(([key]) => key !== name))

const numbers = (array: { readonly shape: readonly number[]; readonly data: ArrayLike<number> }) => ({
  shape: array.shape,
  values: array.data,
})

const pairsUnder = (got: Named, want: Arrays, prefix: string): readonly Pair[] =>
  Object.entries(want)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, array]) => {
      const computed = got.get(name)
      return { name, got: computed === undefined ? undefined : numbers(computed), want: numbers(array) }
    })

/** One group for each prefix of the wanted names, in order: `micro0`, `step0_preclip`. */
const prefixesOf = (want: Arrays): readonly string[] => [
  ...new Set(Object.keys(want).map((name) => name.slice(0, name.indexOf(".") + 1))),
]

const titles: Readonly<Record<string, string>> = {
  "micro0.": "gradients of the first micro-batch",
  "step0_preclip.": "accumulated gradients of the first step",
  "final.": "final parameters",
}

const titleOf = (prefix: string): string => {
  const steps = /^after(\d+)\.$/.exec(prefix)?.[1]
  return titles[prefix] ?? (steps === undefined ? prefix.slice(0, -1) : `parameters after ${steps} steps`)
}

/** What a comparison needs: the case, what was computed of it, and the arrays wanted. */
export interface Compared {
  readonly found: ReadableCase
  readonly result: DivaCaseResult
  readonly want: Arrays
}

const errorOf = (found: ReadableCase, bar: string, measured: string) =>
  allowedError(found, { bar: ["tolerance", bar], measured: ["f32_vs_f64", measured, "worst_rel_l2"] })

export const compareFirstForward = Effect.fnUntraced(function* ({ found, result, want }: Compared) {
  const l2 = yield* errorOf(found, "acts_rel_l2", "acts")
  return [compareGroup("first forward pass", pairsUnder(result.firstForward, want, ""), { l2 })]
})

export const compareGradients = Effect.fnUntraced(function* ({ found, result, want }: Compared) {
  const l2 = yield* errorOf(found, "grads_rel_l2", "grad_accum0")
  return prefixesOf(want).map((prefix) =>
    compareGroup(titleOf(prefix), pairsUnder(result.gradients, want, prefix), { l2 }, { tinyRule: true }),
  )
})

/** A whole run's rounding on top of f16 weights: the reference's own suggestion is not below this. */
const parameterFloor = 1e-5

export const compareParameters = Effect.fnUntraced(function* ({ found, result, want }: Compared) {
  const l2 = Math.max(yield* errorOf(found, "final_params_rel_l2", "final_params"), parameterFloor)
  return prefixesOf(want).map((prefix) =>
    compareGroup(titleOf(prefix), pairsUnder(result.parameters, want, prefix), { l2 }),
  )
})

const difference = (a: ArrayLike<number>, b: ArrayLike<number>): Float32Array<ArrayBuffer> =>
  Float32Array.from(a, (value, i) => value - b[i]!)

/** Expected parameters minus the case's own weights. */
const expectedUpdates = (want: Arrays, { weights }: CaseData): Arrays =>
  Object.fromEntries(
    Object.entries(want).flatMap(([name, array]) => {
      const before = weights.get(name.slice(name.indexOf(".") + 1))
      return before === undefined || !name.startsWith("final.")
        ? []
        : [[name, { ...array, dtype: "f32" as const, data: difference(array.data, before.data) }]]
    }),
  )

export const compareUpdates = Effect.fnUntraced(function* ({ found, result, want }: Compared, data: CaseData) {
  const l2 = yield* errorOf(found, "total_update_rel_l2", "total_update(final-initial)")
  // The classifier weight is not trained: each forward pass sets it.
  const updates = without(expectedUpdates(want, data), "final.class_model.final_fc.weight")
  const pairs = pairsUnder(result.updates, updates, "")
  return pairs.length === 0 ? [] : [compareGroup("total update", pairs, { l2 }, { tinyRule: true })]
})
