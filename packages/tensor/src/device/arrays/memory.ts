import { paramBytes } from "../../kernels/dispatch/kernel.ts"
import type { HostArray } from "../../host/array.ts"
import { peakBytes, peaksOf, type Plan, type PlanStep, type PlanValue } from "../../plan/plan.ts"
import { createBuffer, destroyBuffer, guarded, type BufferRecord, type DeviceState } from "../state.ts"
import { createTexture, destroyTexture, type TextureRecord } from "./texture.ts"
import { upload } from "./transfer.ts"

/** Where each step's parameters begin in their buffer, and where the last ones end. */
export const paramOffsets = (steps: readonly PlanStep[]): readonly number[] => {
  const offsets = [0]
  for (const { params } of steps) offsets.push(offsets.at(-1)! + paramBytes(params.length))
  return offsets
}

/** What an executable holds on the device between its runs. */
export interface Memory {
  readonly slots: readonly BufferRecord[]
  readonly textures: readonly TextureRecord[]
  readonly constants: ReadonlyMap<number, BufferRecord>
  readonly params: BufferRecord
  /** Numbers that are set to 0 before a run, 256 bytes apart; `null` where a plan has none. */
  readonly peaks: BufferRecord | null
  /** What was computed from frozen inputs, by value. */
  readonly prepared: ReadonlyMap<number, BufferRecord>
  readonly preparationParams: BufferRecord
  /** Buffers of arguments given as host arrays, made when first needed. */
  readonly uploads: Map<number, BufferRecord>
  /** Output buffers this executable owns now; a caller may take one away. */
  readonly outputs: Map<number, BufferRecord>
  /** A second buffer for outputs that were fed back as arguments. */
  readonly spares: Map<number, BufferRecord>
}

const writeParams = (state: DeviceState, steps: readonly PlanStep[], params: BufferRecord): void => {
  const offsets = paramOffsets(steps)
  const words = new Uint32Array(offsets.at(-1)! / 4)
  for (const [i, step] of steps.entries())
    words.set(
      step.params.map((value) => value >>> 0),
      offsets[i]! / 4,
    )
  if (words.length > 0) guarded(state, "parameters", () => state.gpu.queue.writeBuffer(params.gpu, 0, words))
}

const paramsBuffer = (state: DeviceState, steps: readonly PlanStep[], name: string): BufferRecord => {
  const bytes = Math.max(16, paramOffsets(steps).at(-1)!)
  const params = createBuffer(state, bytes, `${name} parameters`, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST)
  writeParams(state, steps, params)
  return params
}

/** Allocates all a plan needs, and uploads its constants and parameters. */
export const allocate = (state: DeviceState, plan: Plan): Memory => {
  const constants = new Map<number, BufferRecord>()
  const slots = plan.slotBytes.map((bytes, i) => createBuffer(state, bytes, `${plan.name} slot ${i}`))
  for (const value of plan.values)
    if (value.storage.kind === "constant") {
      const buffer = createBuffer(state, value.bytes, `${plan.name} constant`)
      upload(
        state,
        buffer,
        { shape: value.spec.shape, dtype: value.spec.dtype, data: value.data as HostArray["data"] },
        plan.name,
      )
      constants.set(value.id, buffer)
    }
  const params = paramsBuffer(state, plan.steps, plan.name)
  const prepared = new Map(
    plan.values
      .filter(({ storage }) => storage.kind === "prepared")
      .map(({ id, bytes }) => [id, createBuffer(state, bytes, `${plan.name} prepared`)]),
  )
  const preparationParams = paramsBuffer(state, plan.preparation, plan.name)
  const textures = plan.textureSlots.map((extent, i) => createTexture(state, extent, `${plan.name} texture ${i}`))
  const peaks = peaksOf(plan) === 0 ? null : createBuffer(state, peaksOf(plan) * peakBytes, `${plan.name} peaks`)
  return {
    slots,
    textures,
    constants,
    params,
    preparationParams,
    peaks,
    prepared,
    uploads: new Map(),
    outputs: new Map(),
    spares: new Map(),
  }
}

export const freeMemory = (state: DeviceState, memory: Memory): void => {
  const groups = [
    memory.slots,
    memory.constants.values(),
    [memory.params],
    [memory.preparationParams],
    memory.peaks === null ? [] : [memory.peaks],
    memory.prepared.values(),
    memory.uploads.values(),
    memory.outputs.values(),
    memory.spares.values(),
  ]
  for (const buffers of groups) for (const buffer of buffers) destroyBuffer(state, buffer)
  for (const texture of memory.textures) destroyTexture(state, texture)
  memory.outputs.clear()
  memory.uploads.clear()
  memory.spares.clear()
}

/** The buffer a run writes an output to: the last one's, unless this run reads that as an argument. */
export const outputBuffer = (
  state: DeviceState,
  memory: Memory,
  value: PlanValue,
  used: ReadonlySet<BufferRecord>,
  name: string,
): BufferRecord => {
  const held = memory.outputs.get(value.id)
  if (held !== undefined && !used.has(held)) return held
  const spare = memory.spares.get(value.id) ?? createBuffer(state, value.bytes, `${name} output`)
  memory.spares.delete(value.id)
  if (held !== undefined) memory.spares.set(value.id, held)
  memory.outputs.set(value.id, spare)
  return spare
}
