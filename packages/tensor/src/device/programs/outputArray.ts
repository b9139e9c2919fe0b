import type { Plan } from "../../plan/plan.ts"
import { lentArray, ownedArray, takeBuffer, type DeviceArray } from "../arrays/array.ts"
import type { Memory } from "../arrays/memory.ts"
import type { DeviceState } from "../state.ts"
import type { RunArguments } from "./arguments.ts"

/**
 * An output of a run as its caller gets it: lent until the next run, or the caller's own where a donated argument was computed in place.
 */
export const outputArray = (
  state: DeviceState,
  memory: Memory,
  plan: Plan,
  args: RunArguments,
  { value, spec }: Plan["outputs"][number],
  isStale: () => boolean,
): DeviceArray => {
  const { storage } = plan.values[value]!
  if (storage.kind === "donated") {
    const array = args.donated.get(storage.input)!
    return ownedArray(state, spec, takeBuffer(state, array, plan.name, "it was donated to a later run"))
  }
  const buffer = memory.outputs.get(value)!
  return lentArray(
    state,
    spec,
    buffer,
    isStale,
    () => void (memory.outputs.get(value) === buffer ? memory.outputs.delete(value) : memory.spares.delete(value)),
  )
}
