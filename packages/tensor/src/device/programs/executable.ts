import { tensorError } from "../../error.ts"
import type { Plan, PlanStep } from "../../plan/plan.ts"
import type { Spec } from "../../shape/shape.ts"
import { refuseSharedDonations, resolveArguments, type GivenArguments, type RunArguments } from "./arguments.ts"
import { lentArray, ownedArray, takeBuffer, type DeviceArray } from "../arrays/array.ts"
import { bindGroups, bufferLookup } from "./bindGroups.ts"
import { encodeRun, type RunWork } from "./encode.ts"
import { allocate, freeMemory } from "../arrays/memory.ts"
import { pipelineFor } from "./pipelines.ts"
import { preparer } from "./preparing.ts"
import {
  requireFits,
  requireIndexable,
  requireWorking,
  settled,
  type BufferRecord,
  type DeviceState,
} from "../state.ts"
import { encodeTimed, type StepTime } from "./timed.ts"

/** A compiled program by paths: what `compile` wraps into trees. */
export interface Executable {
  readonly plan: Plan
  readonly run: (given: GivenArguments) => readonly DeviceArray[]
  /** One run with the time of each dispatch; slower than `run` by what taking times costs. */
  readonly timed: (given: GivenArguments) => TimedRun
  readonly dispose: () => void
}

/** Outputs of a run at once, and when its work is done, how long each dispatch took. */
export interface TimedRun {
  readonly outputs: readonly DeviceArray[]
  readonly times: Promise<readonly StepTime[]>
}

/** Turns one run's work into commands and submits them: at once, or with the time of each dispatch taken. */
type Encode<A> = (state: DeviceState, work: RunWork) => A

/** Sets of argument buffers whose bind groups are kept; a training loop uses one or two. */
const keptBindings = 8

/** Allocates and compiles a plan. Throws `KernelInvalid`, `LimitExceeded` or `OutOfDeviceMemory`; nothing stays allocated then. */
export const createExecutable = async (state: DeviceState, plan: Plan): Promise<Executable> => {
  requireWorking(state, plan.name)
  for (const { bytes, spec } of plan.values) {
    requireFits(state, bytes, plan.name)
    requireIndexable(spec, plan.name)
  }
  const building = (steps: readonly PlanStep[]) => Promise.all(steps.map((step) => pipelineFor(state, step)))
  const built = Promise.all([building(plan.steps), building(plan.preparation)])
  state.compiling?.say()
  const [shaders, preparing] = await built
  const memory = allocate(state, plan)
  const owner = { dispose: () => freeMemory(state, memory) }
  try {
    await settled(state, plan.name)
  } catch (error) {
    freeMemory(state, memory)
    throw error
  }
  state.owned.add(owner)
  // Slots and constants never move; the buffers of these values may differ between runs.
  const boundary = plan.values.filter(({ storage }) => !["slot", "constant", "peak", "prepared"].includes(storage.kind))
  const bound = new Map<string, readonly GPUBindGroup[]>()
  const prepare = preparer(state, memory, plan, preparing)
  const clears = memory.peaks === null ? [] : [memory.peaks]
  let generation = 0
  let disposed = false

  const groupsFor = (lookup: (id: number) => BufferRecord): readonly GPUBindGroup[] => {
    const key = boundary.map(({ id }) => lookup(id).id).join()
    const held = bound.get(key)
    if (held !== undefined) return held
    const made = bindGroups(state, memory, plan, shaders, lookup)
    state.created.bindGroups += plan.steps.length
    const oldest = bound.size >= keptBindings ? bound.keys().next().value : undefined
    if (oldest !== undefined) bound.delete(oldest)
    bound.set(key, made)
    return made
  }

  const outputArray = (id: number, spec: Spec, args: RunArguments, isStale: () => boolean): DeviceArray => {
    const { storage } = plan.values[id]!
    if (storage.kind === "donated") {
      const array = args.donated.get(storage.input)!
      return ownedArray(state, spec, takeBuffer(state, array, plan.name, "it was donated to a later run"))
    }
    const buffer = memory.outputs.get(id)!
    return lentArray(
      state,
      spec,
      buffer,
      isStale,
      () => void (memory.outputs.get(id) === buffer ? memory.outputs.delete(id) : memory.spares.delete(id)),
    )
  }

  const runWith = <A>(
    given: GivenArguments,
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
    prepare(given, lookup)
    const groups = groupsFor(lookup)
    const encoded = encode(state, { plan, shaders, groups, textures: memory.textures, clears, lookup })
    const mine = ++generation
    const isStale = (): boolean => disposed || state.closed || generation !== mine
    const outputs = plan.outputs.map(({ value, spec }) => outputArray(value, spec, args, isStale))
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
