import type { Effect } from "effect"
import type { TensorError } from "@diva/tensor"
import type { RunState } from "../../checkpoint/runState.ts"
import type { StepEvent } from "./events.ts"
import type { Machine } from "../machine/machine.ts"
import type { MachineRun } from "../machine/machineRun.ts"

/**
 * Moments at which a run can be observed: before this process's first update, after a micro-step,
 * after an update, after the last one, and when
 * a run ends before that, interrupted or failed.
 */
export type Moment = "start" | "microStep" | "update" | "finish" | "stop"

/** A run between two updates, as an observer sees it. */
export interface View {
  readonly moment: Moment
  /** Updates done. */
  readonly update: number
  /** Number of the micro-step just done, from 0; undefined at other moments. */
  readonly microStep?: number
  /** Updates of the whole run. */
  readonly updates: number
  /** What the update just done gave; undefined at the start. */
  readonly step: StepEvent | undefined
  /** Runs a program on the run's parameters where they lie. */
  readonly run: MachineRun
  /** Gradients and losses of the update under way so far, read from the machine: one sum for each of its partials. */
  readonly sums: Machine["sums"]
  /** The whole state, read from the machine when it is first asked for. */
  readonly state: Effect.Effect<RunState, TensorError>
}

/** Something that happens now and then during a run: saving, logging, scoring. It sees the run between updates and never changes its numbers. */
export interface Observer<E = never, R = never> {
  /** Its name in the run's manifest. */
  readonly name: string
  /** Updates from one observation to the next, counted from the run's first. */
  readonly every: number
  /** Further moments at which it observes. */
  readonly also?: readonly Exclude<Moment, "update">[]
  /** What fails here ends the run, after its state has been saved. */
  readonly observe: (view: View) => Effect.Effect<void, E, R>
}

/** Whether an observer is due. A moment that is both an update of its number and named besides is observed once. */
export const isDue = (
  { every, also = [] }: Pick<Observer<unknown, unknown>, "every" | "also">,
  { moment, update }: Pick<View, "moment" | "update">,
): boolean => (moment === "update" ? update % every === 0 : also.includes(moment))
