import type { Plan } from "../../plan/plan.ts"
import type { Memory } from "../arrays/memory.ts"
import type { BufferRecord, CompiledShader, DeviceState } from "../state.ts"
import { bindGroups } from "./bindGroups.ts"

/** Sets of argument buffers whose bind groups are kept; a training loop uses one or two. */
const keptBindings = 8

/** The bind groups of a plan's steps for the buffers of one run: made when a set of buffers is first seen, and kept for the newest sets. */
export const keptGroups = (
  state: DeviceState,
  memory: Memory,
  plan: Plan,
  shaders: readonly CompiledShader[],
): ((lookup: (id: number) => BufferRecord) => readonly GPUBindGroup[]) => {
  // Slots and constants never move; the buffers of these values may differ between runs.
  const boundary = plan.values.filter(({ storage }) => !["slot", "constant", "peak", "prepared"].includes(storage.kind))
  const kept = new Map<string, readonly GPUBindGroup[]>()
  return (lookup) => {
    const key = boundary.map(({ id }) => lookup(id).id).join()
    const held = kept.get(key)
    if (held !== undefined) return held
    const made = bindGroups(state, memory, plan, shaders, lookup)
    state.created.bindGroups += plan.steps.length
    const oldest = kept.size >= keptBindings ? kept.keys().next().value : undefined
    if (oldest !== undefined) kept.delete(oldest)
    kept.set(key, made)
    return made
  }
}
