import { Data, Effect } from "effect"
import { indexOfStrange } from "@diva/models"
import type { RunState } from "../checkpoint/runState.ts"

/**
 * An update whose loss or gradient is not finite: going on would write it into every parameter. `update` counts from 1;
 * `tensor` is the first whose gradient is not finite. The update moved nothing: the state before it is saved.
 */
export class TrainingDiverged extends Data.TaggedError("TrainingDiverged")<{
  readonly update: number
  readonly quantity: "loss" | "gradient norm"
  readonly value: number
  readonly tensor: string | undefined
  /** Number of the micro-batch, from 0, after which its sum was first not finite; nothing where only their sum is not. */
  readonly microBatch: number | undefined
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

const remedy =
  "the last checkpoint is from before it: lower --learning-rate, lengthen --warmup-ratio, or look at the pictures of this update"

/** What an update gave, if all of it is finite. */
export interface Given {
  readonly update: number
  readonly losses: readonly number[]
  readonly penalties: readonly number[]
  readonly gradientNorm: number
  readonly strange?: string | undefined
  /** The micro-batch it comes from, with the keys of its samples and its first tensor, where that was looked for. */
  readonly microBatch?: number
  readonly keys?: readonly string[]
  readonly tensor?: string
}

const shownKeys = 4

const listOf = (keys: readonly string[]): string =>
  [...keys.slice(0, shownKeys), ...(keys.length > shownKeys ? [`${keys.length - shownKeys} more`] : [])].join(", ")

const origin = ({ microBatch, keys = [] }: Given): string =>
  microBatch === undefined ? "" : `, first in micro-batch ${microBatch + 1} (samples ${listOf(keys)})`

/** The error of an update, or nothing. */
export const divergence = (given: Given): TrainingDiverged | undefined => {
  const { update, losses, penalties, gradientNorm, tensor = given.strange, microBatch } = given
  const loss = [...losses, ...penalties].find((value) => !Number.isFinite(value))
  if (loss === undefined && Number.isFinite(gradientNorm)) return undefined
  const [quantity, value] = loss === undefined ? (["gradient norm", gradientNorm] as const) : (["loss", loss] as const)
  const where = tensor === undefined ? "" : `; the first tensor whose gradient is not finite is ${tensor}`
  return new TrainingDiverged({
    update,
    quantity,
    value,
    tensor,
    microBatch,
    rule: `the ${quantity} of update ${update} is ${value}${origin(given)}${where}`,
    remedy,
  })
}

/** Parameters that are not finite though the update's loss and gradient were: they are not saved. */
export class StateNotFinite extends Data.TaggedError("StateNotFinite")<{
  readonly update: number
  readonly tensor: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** The state, if all its numbers are finite. Errors: `StateNotFinite`. */
export const finiteState = <S extends Pick<RunState, "update" | "parameters" | "optimizer">>(
  state: S,
): Effect.Effect<S, StateNotFinite> => {
  const found = [...state.parameters, ...state.optimizer].find(([, { data }]) => indexOfStrange(data) >= 0)
  if (found === undefined) return Effect.succeed(state)
  const { update } = state
  const [tensor, { data }] = found
  const rule = `after update ${update} ${tensor} holds ${data[indexOfStrange(data)]}; this state is not saved`
  return Effect.fail(new StateNotFinite({ update, tensor, rule, remedy }))
}
