import { peakBytes, type Plan, type PlanStep } from "../../plan/plan.ts"
import type { RunArguments } from "./arguments.ts"
import { outputBuffer, paramOffsets, type Memory } from "../arrays/memory.ts"
import { guarded, type BufferRecord, type CompiledShader, type DeviceState } from "../state.ts"

/** The buffer that holds each value in one run. */
export const bufferLookup = (
  state: DeviceState,
  memory: Memory,
  plan: Plan,
  args: RunArguments,
): ((id: number) => BufferRecord) => {
  const used = new Set(args.buffers.values())
  const outputs = new Map<number, BufferRecord>()
  for (const value of plan.values)
    if (value.storage.kind === "output") outputs.set(value.id, outputBuffer(state, memory, value, used, plan.name))
  return (id) => {
    const { storage } = plan.values[id]!
    switch (storage.kind) {
      case "input":
        return args.buffers.get(id)!
      case "constant":
        return memory.constants.get(id)!
      case "output":
        return outputs.get(id)!
      case "slot":
        return memory.slots[storage.slot]!
      case "donated":
        return args.buffers.get(storage.input)!
      case "peak":
        return memory.peaks!
      case "prepared":
        return memory.prepared.get(id)!
    }
  }
}

const entriesOf = (plan: Plan, step: PlanStep, lookup: (id: number) => BufferRecord): GPUBindGroupEntry[] => {
  const entries: GPUBindGroupEntry[] = []
  for (const { value, windows, windowElements } of step.bindings) {
    const buffer = lookup(value)
    const { spec, storage, bytes } = plan.values[value]!
    if (storage.kind === "peak") {
      entries.push({
        binding: entries.length,
        resource: { buffer: buffer.gpu, offset: storage.at * peakBytes, size: bytes },
      })
      continue
    }
    const width = spec.dtype === "f16" ? 2 : 4
    for (let window = 0; window < windows; window++) {
      const offset = window * windowElements * width
      const size = windows === 1 ? buffer.bytes : Math.min(windowElements * width, buffer.bytes - offset)
      entries.push({ binding: entries.length, resource: { buffer: buffer.gpu, offset, size } })
    }
  }
  return entries
}

/** One bind group per step; `params` holds the parameters of all of them. */
export const bindGroups = (
  state: DeviceState,
  memory: Pick<Memory, "textures" | "params">,
  plan: Plan,
  shaders: readonly CompiledShader[],
  lookup: (id: number) => BufferRecord,
): readonly GPUBindGroup[] => {
  const offsets = paramOffsets(plan.steps)
  return guarded(state, plan.name, () =>
    plan.steps.map((step, i) => {
      const entries = entriesOf(plan, step, lookup)
      const params = {
        binding: entries.length,
        resource: { buffer: memory.params.gpu, offset: offsets[i]!, size: offsets[i + 1]! - offsets[i]! },
      }
      const first = entries.length + (step.params.length === 0 ? 0 : 1)
      const views = step.textures.map((texture, i) => ({
        binding: first + i,
        resource: memory.textures[plan.textures[texture]!.slot]!.view,
      }))
      return state.gpu.createBindGroup({
        layout: shaders[i]!.layout,
        entries: [...entries, ...(step.params.length === 0 ? [] : [params]), ...views],
      })
    }),
  )
}
