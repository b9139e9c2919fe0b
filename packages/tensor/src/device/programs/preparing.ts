import type { Plan } from "../../plan/plan.ts"
import { isDeviceArray, type DeviceArray } from "../arrays/array.ts"
import type { GivenArguments } from "./arguments.ts"
import { bindGroups } from "./bindGroups.ts"
import { encodeRun } from "./encode.ts"
import type { Memory } from "../arrays/memory.ts"
import type { BufferRecord, CompiledShader, DeviceState } from "../state.ts"

/** Computes what follows from frozen inputs, where that has not been done for the arrays that are given. */
export type Prepare = (given: GivenArguments, lookup: (id: number) => BufferRecord) => void

/** What a plan does once as a plan of its own. */
export const preparationOf = (plan: Plan): Plan => ({ ...plan, steps: plan.preparation, copies: [] })

/**
 * Remembers for which frozen arrays a program was prepared. An array's numbers never change, so that the same arrays need nothing;
 * numbers of the host are uploaded with every call and may be others each time.
 */
export const preparer = (
  state: DeviceState,
  memory: Memory,
  plan: Plan,
  shaders: readonly CompiledShader[],
): Prepare => {
  let known: readonly DeviceArray[] | null = null
  const work = preparationOf(plan)
  if (work.steps.length === 0) return () => {}
  return (given, lookup) => {
    const arrays = given.filter((_, i) => plan.inputs[i]!.frozen)
    const isKnown = known !== null && arrays.every((array, i) => array === known![i])
    if (isKnown) return
    const groups = bindGroups(state, { ...memory, params: memory.preparationParams }, work, shaders, lookup)
    encodeRun(state, { plan: work, shaders, groups, textures: [], clears: [...memory.prepared.values()], lookup })
    known = arrays.every((array) => array !== undefined && isDeviceArray(array)) ? (arrays as DeviceArray[]) : null
  }
}
