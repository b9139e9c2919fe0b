import { Data, Effect } from "effect"
import { indexOfStrange } from "@diva/models"
import type { RunState } from "../checkpoint/runState.ts"

/**
 * An update whose loss or gradient is not finite: going on would write it into every parameter. `update` counts from 1;
 * `tensor` is the first whose gradient is not finite.
 */
export class TrainingDiverged extends Data.TaggedError("TrainingDiverged")<{
  readonly update: number
  readonly quantity: "loss" | "gradient norm"
  readonly value: number
  readonly tensor: string | undefined
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
}

/** The error of an update, or nothing. */
export const divergence = ({
  update,
  losses,
  penalties,
  gradientNorm,
  strange,
}: Given): TrainingDiverged | undefined => {
  const loss = [...losses, ...penalties].find((value) => !Number.isFinite(value))
  if (loss === undefined && Number.isFinite(gradientNorm)) return undefined
  const [quantity, value] = loss === undefined ? (["gradient norm", gradientNorm] as const) : (["loss", loss] as const)
  const where = strange === undefined ? "" : `; the first tensor whose gradient is not finite is ${strange}`
  return new TrainingDiverged({
    update,
    quantity,
    value,
    tensor: strange,
    rule: `the ${quantity} of update ${update} is ${value}${where}`,
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
