import { tensorError } from "../../error.ts"
import type { HostArray } from "../../host/array.ts"
import type { Plan, PlanValue } from "../../plan/plan.ts"
import { sameShape, showSpec } from "../../shape/shape.ts"
import { bufferOf, isDeviceArray, type DeviceArray } from "../arrays/array.ts"
import type { Memory } from "../arrays/memory.ts"
import { createBuffer, type BufferRecord, type DeviceState } from "../state.ts"
import { requireHostArray, upload } from "../arrays/transfer.ts"

const checkArgument = (
  plan: Plan,
  path: string,
  value: PlanValue,
  given: DeviceArray | HostArray | undefined,
): DeviceArray | HostArray => {
  if (given === undefined)
    throw tensorError({
      _tag: "TreeMismatch",
      op: plan.name,
      path,
      rule: `the argument "${path}" is missing`,
      remedy: "pass the same tree that the program was compiled for",
    })
  if (given.dtype !== value.spec.dtype || !sameShape(given.shape, value.spec.shape))
    throw tensorError({
      _tag: "ShapeMismatch",
      op: plan.name,
      operands: [
        { name: `${path} (given)`, shape: given.shape, dtype: given.dtype },
        { name: `${path} (compiled for)`, ...value.spec },
      ],
      rule: `the argument "${path}" differs from what the program was compiled for`,
      remedy: `compile for ${showSpec(given)}, or pass ${showSpec(value.spec)}`,
    })
  return given
}

const hostBuffer = (
  state: DeviceState,
  memory: Memory,
  plan: Plan,
  value: PlanValue,
  given: HostArray,
): BufferRecord => {
  requireHostArray(plan.name, given)
  const buffer = memory.uploads.get(value.id) ?? createBuffer(state, value.bytes, `${plan.name} argument`)
  memory.uploads.set(value.id, buffer)
  upload(state, buffer, given, plan.name)
  return buffer
}

/** What a caller gives for the inputs of a plan, in their order; nothing in the place of what is missing. */
export type GivenArguments = readonly (DeviceArray | HostArray | undefined)[]

/** The arguments of one run, on the device. */
export interface RunArguments {
  /** Buffer of each input value. */
  readonly buffers: ReadonlyMap<number, BufferRecord>
  /** Donated arrays by input value: consumed once the run is submitted. */
  readonly donated: ReadonlyMap<number, DeviceArray>
}

/** Checks arguments against the plan and uploads host arrays. Throws a typed error that names the path. */
export const resolveArguments = (
  state: DeviceState,
  memory: Memory,
  plan: Plan,
  given: GivenArguments,
): RunArguments => {
  const buffers = new Map<number, BufferRecord>()
  const donated = new Map<number, DeviceArray>()
  for (const [i, { path, value: id, donated: gives }] of plan.inputs.entries()) {
    const value = plan.values[id]!
    const argument = checkArgument(plan, path, value, given[i])
    if (isDeviceArray(argument)) {
      buffers.set(id, bufferOf(state, argument, plan.name))
      if (gives) donated.set(id, argument)
    } else if (gives)
      throw tensorError({
        _tag: "InvalidData",
        op: plan.name,
        rule: `the donated argument "${path}" is a host array`,
        remedy: "device.put it first: its buffer is updated in place",
      })
    else buffers.set(id, hostBuffer(state, memory, plan, value, argument))
  }
  return { buffers, donated }
}

/** A donated buffer is written while everything else reads: throws `InvalidData` when one is given twice. */
export const refuseSharedDonations = (plan: Plan, { buffers, donated }: RunArguments): void => {
  const uses = new Map<BufferRecord, number>()
  for (const buffer of buffers.values()) uses.set(buffer, (uses.get(buffer) ?? 0) + 1)
  for (const { path, value } of plan.inputs)
    if (donated.has(value) && uses.get(buffers.get(value)!)! > 1)
      throw tensorError({
        _tag: "InvalidData",
        op: plan.name,
        rule: `the donated argument "${path}" is also given elsewhere`,
        remedy: "pass a copy of it at one of the places",
      })
}
