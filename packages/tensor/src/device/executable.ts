import { tensorError } from "../error.ts"
import type { HostArray } from "../op.ts"
import type { Plan, PlanStep, PlanValue } from "../plan/plan.ts"
import { sameShape, showSpec } from "../shape.ts"
import { bufferFor, bufferOf, isDeviceArray, lentArray, ownedArray, takeBuffer, type DeviceArray } from "./array.ts"
import { encodeRun, type RunWork } from "./encode.ts"
import { pipelineFor } from "./pipelines.ts"
import {
  createBuffer,
  destroyBuffer,
  guarded,
  requireFits,
  requireWorking,
  settled,
  type BufferRecord,
  type CompiledShader,
  type DeviceState,
} from "./state.ts"
import { createTexture, destroyTexture, type TextureRecord } from "./texture.ts"
import { encodeTimed, type StepTime } from "./timed.ts"
import { requireHostArray, upload } from "./transfer.ts"

const uniformStride = 256

/** A compiled program by paths: what `compile` wraps into trees. */
export interface Executable {
  readonly plan: Plan
  readonly run: (given: ReadonlyMap<string, DeviceArray | HostArray>) => readonly DeviceArray[]
  /** One run with the time of each dispatch; slower than `run` by what taking times costs. */
  readonly timed: (given: ReadonlyMap<string, DeviceArray | HostArray>) => TimedRun
  readonly dispose: () => void
}

/** Outputs of a run at once, and when its work is done, how long each dispatch took. */
export interface TimedRun {
  readonly outputs: readonly DeviceArray[]
  readonly times: Promise<readonly StepTime[]>
}

interface Prepared {
  readonly groups: readonly GPUBindGroup[]
}

/** Turns one run's work into commands and submits them: at once, or with the time of each dispatch taken. */
type Encode<A> = (state: DeviceState, work: RunWork) => A

interface Memory {
  readonly slots: readonly BufferRecord[]
  readonly textures: readonly TextureRecord[]
  readonly constants: ReadonlyMap<number, BufferRecord>
  readonly params: BufferRecord
  /** Buffers of arguments given as host arrays, made when first needed. */
  readonly uploads: Map<number, BufferRecord>
  /** Output buffers this executable owns now; a caller may take one away. */
  readonly outputs: Map<number, BufferRecord>
  /** A second buffer for outputs that were fed back as arguments. */
  readonly spares: Map<number, BufferRecord>
}

const writeParams = (state: DeviceState, steps: readonly PlanStep[], params: BufferRecord): void => {
  const words = new Uint32Array((steps.length * uniformStride) / 4)
  for (const [i, step] of steps.entries())
    words.set(
      step.params.map((value) => value >>> 0),
      (i * uniformStride) / 4,
    )
  if (words.length > 0) guarded(state, "parameters", () => state.gpu.queue.writeBuffer(params.gpu, 0, words))
}

const allocate = (state: DeviceState, plan: Plan): Memory => {
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
  const params = createBuffer(
    state,
    Math.max(16, plan.steps.length * uniformStride),
    `${plan.name} parameters`,
    GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  )
  writeParams(state, plan.steps, params)
  const textures = plan.textureSlots.map((extent, i) => createTexture(state, extent, `${plan.name} texture ${i}`))
  return { slots, textures, constants, params, uploads: new Map(), outputs: new Map(), spares: new Map() }
}

const freeMemory = (state: DeviceState, memory: Memory): void => {
  const groups = [
    memory.slots,
    memory.constants.values(),
    [memory.params],
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

interface Arguments {
  /** Buffer of each input value. */
  readonly buffers: ReadonlyMap<number, BufferRecord>
  /** Donated arrays by input value: consumed once the run is submitted. */
  readonly donated: ReadonlyMap<number, DeviceArray>
}

const resolveArguments = (
  state: DeviceState,
  memory: Memory,
  plan: Plan,
  given: ReadonlyMap<string, DeviceArray | HostArray>,
): Arguments => {
  const buffers = new Map<number, BufferRecord>()
  const donated = new Map<number, DeviceArray>()
  for (const { path, value: id, donated: gives } of plan.inputs) {
    const value = plan.values[id]!
    const argument = checkArgument(plan, path, value, given.get(path))
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

// A donated buffer is written while everything else reads: it must not be given twice.
const refuseSharedDonations = (plan: Plan, { buffers, donated }: Arguments): void => {
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

const outputBuffer = (
  state: DeviceState,
  memory: Memory,
  value: PlanValue,
  used: ReadonlySet<BufferRecord>,
  name: string,
): BufferRecord => {
  const held = memory.outputs.get(value.id)
  if (held !== undefined && !used.has(held)) return held
  const spare = memory.spares.get(value.id) ?? bufferFor(state, value.bytes, `${name} output`)
  memory.spares.delete(value.id)
  if (held !== undefined) memory.spares.set(value.id, held)
  memory.outputs.set(value.id, spare)
  return spare
}

const bufferLookup = (
  state: DeviceState,
  memory: Memory,
  plan: Plan,
  args: Arguments,
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
    }
  }
}

const entriesOf = (plan: Plan, step: PlanStep, lookup: (id: number) => BufferRecord): GPUBindGroupEntry[] => {
  const entries: GPUBindGroupEntry[] = []
  for (const { value, windows, windowElements } of step.bindings) {
    const buffer = lookup(value)
    const width = plan.values[value]!.spec.dtype === "f16" ? 2 : 4
    for (let window = 0; window < windows; window++) {
      const offset = window * windowElements * width
      const size = windows === 1 ? buffer.bytes : Math.min(windowElements * width, buffer.bytes - offset)
      entries.push({ binding: entries.length, resource: { buffer: buffer.gpu, offset, size } })
    }
  }
  return entries
}

const prepare = (
  state: DeviceState,
  memory: Memory,
  plan: Plan,
  shaders: readonly CompiledShader[],
  lookup: (id: number) => BufferRecord,
): Prepared => ({
  groups: guarded(state, plan.name, () =>
    plan.steps.map((step, i) => {
      const entries = entriesOf(plan, step, lookup)
      const params = {
        binding: entries.length,
        resource: { buffer: memory.params.gpu, offset: i * uniformStride, size: uniformStride },
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
  ),
})

/** Sets of argument buffers whose bind groups are kept; a training loop uses one or two. */
const keptPreparations = 8

/** Allocates and compiles a plan. Throws `KernelInvalid`, `LimitExceeded` or `OutOfDeviceMemory`; nothing stays allocated then. */
export const createExecutable = async (state: DeviceState, plan: Plan): Promise<Executable> => {
  requireWorking(state, plan.name)
  for (const { bytes } of plan.values) requireFits(state, bytes, plan.name)
  const shaders = await Promise.all(plan.steps.map((step) => pipelineFor(state, step)))
  const memory = allocate(state, plan)
  const owner = { dispose: () => freeMemory(state, memory) }
  try {
    await settled(state, plan.name)
  } catch (error) {
    freeMemory(state, memory)
    throw error
  }
  state.owned.add(owner)
  const prepared = new Map<string, Prepared>()
  let generation = 0
  let disposed = false

  const preparedFor = (lookup: (id: number) => BufferRecord): Prepared => {
    const boundary = plan.values.filter(
      ({ storage }) => storage.kind === "input" || storage.kind === "output" || storage.kind === "donated",
    )
    const key = boundary.map(({ id }) => lookup(id).id).join()
    const held = prepared.get(key)
    if (held !== undefined) return held
    const made = prepare(state, memory, plan, shaders, lookup)
    state.created.bindGroups += plan.steps.length
    const oldest = prepared.size >= keptPreparations ? prepared.keys().next().value : undefined
    if (oldest !== undefined) prepared.delete(oldest)
    prepared.set(key, made)
    return made
  }

  const outputArray = (
    id: number,
    spec: { readonly shape: readonly number[]; readonly dtype: HostArray["dtype"] },
    args: Arguments,
  ): DeviceArray => {
    const { storage } = plan.values[id]!
    if (storage.kind === "donated") {
      const array = args.donated.get(storage.input)!
      return ownedArray(state, spec, takeBuffer(state, array, plan.name, "it was donated to a later run"))
    }
    const mine = generation
    const buffer = memory.outputs.get(id)!
    const isStale = (): boolean => disposed || state.closed || generation !== mine
    return lentArray(
      state,
      spec,
      buffer,
      isStale,
      () => void (memory.outputs.get(id) === buffer ? memory.outputs.delete(id) : memory.spares.delete(id)),
    )
  }

  const runWith = <A>(
    given: ReadonlyMap<string, DeviceArray | HostArray>,
    encode: Encode<A>,
  ): { readonly outputs: readonly DeviceArray[]; readonly encoded: A } => {
    requireWorking(state, plan.name)
    if (disposed)
      throw tensorError({
        _tag: "DeviceFailure",
        op: plan.name,
        rule: "the executable was disposed",
        remedy: "compile it again, or dispose later",
      })
    const args = resolveArguments(state, memory, plan, given)
    refuseSharedDonations(plan, args)
    const lookup = bufferLookup(state, memory, plan, args)
    const { groups } = preparedFor(lookup)
    const encoded = encode(state, { plan, shaders, groups, textures: memory.textures, lookup })
    generation++
    const outputs = plan.outputs.map(({ value, spec }) => outputArray(value, spec, args))
    for (const array of args.donated.values()) if (array.isLive()) array[Symbol.dispose]()
    return { outputs, encoded }
  }

  const run: Executable["run"] = (given) => runWith(given, encodeRun).outputs

  const timed: Executable["timed"] = (given) => {
    const { outputs, encoded } = runWith(given, encodeTimed)
    return { outputs, times: encoded }
  }

  const dispose = (): void => {
    if (disposed) return
    disposed = true
    state.owned.delete(owner)
    freeMemory(state, memory)
  }
  return { plan, run, timed, dispose }
}
