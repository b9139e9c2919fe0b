import { warmupCosine } from "@diva/autograd"
import { Effect } from "effect"
import { CaseInvalid } from "../caseError.ts"
import { isCount, isNumber, isNumbers, isObject } from "../documentFields.ts"
import type { TensorResult } from "../group.ts"
import type { ReadableCase, SupportedKind } from "../kind.ts"
import { compareElements } from "../relative.ts"

/** Both sides compute in f64 by the same formula; only the order of operations may differ. */
const allowed = 1e-12

/** One schedule of the document: linear warm-up, half a cosine to 0. */
interface ExpectedSchedule {
  readonly max_steps: number
  readonly warmup_steps: number
  readonly learning_rate: number
  readonly lr_used_by_optimizer_step_k: readonly number[]
  readonly lr_after_last_step?: number
}

const isSteps = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const isSchedule = (value: unknown): value is ExpectedSchedule =>
  isObject(value) &&
  isCount(value["max_steps"]) &&
  isSteps(value["warmup_steps"]) &&
  isNumber(value["learning_rate"]) &&
  isNumbers(value["lr_used_by_optimizer_step_k"]) &&
  value["lr_used_by_optimizer_step_k"].length > 0 &&
  (value["lr_after_last_step"] === undefined || isNumber(value["lr_after_last_step"]))

const compareSchedule = (expected: ExpectedSchedule): TensorResult => {
  const { max_steps: steps, warmup_steps: warmup, learning_rate: peak } = expected
  const rate = warmupCosine({ peak, warmup, steps })
  const last = expected.lr_after_last_step
  const want = [...expected.lr_used_by_optimizer_step_k, ...(last === undefined ? [] : [last])]
  const at = (_: number, k: number): number =>
    rate(last !== undefined && k === want.length - 1 ? Math.max(k, steps) : k)
  return compareElements(`${steps} steps, ${warmup} of warm-up, peak ${peak}`, want.map(at), want, allowed)
}

const malformed = (file: string, position: number) =>
  new CaseInvalid({
    file,
    rule: `schedule ${position} lacks max_steps, warmup_steps, learning_rate or its rates`,
    remedy: "restore the file from its source",
  })

const schedulesOf = ({ document, file }: ReadableCase): Effect.Effect<readonly ExpectedSchedule[], CaseInvalid> => {
  const schedules = document["schedules"] as readonly unknown[]
  const wrong = schedules.length === 0 ? 0 : schedules.findIndex((schedule) => !isSchedule(schedule))
  return wrong >= 0 ? Effect.fail(malformed(file, wrong)) : Effect.succeed(schedules as readonly ExpectedSchedule[])
}

/** Learning rates of every step of some schedules. */
export const learningRates: SupportedKind = {
  name: "learning rates",
  accepts: (document) => Array.isArray(document["schedules"]),
  run: (found) =>
    Effect.map(schedulesOf(found), (schedules) => {
      const tensors = schedules.map(compareSchedule)
      return [{ name: "learning rates", tensors, passed: tensors.every(({ passed }) => passed) }]
    }),
}
