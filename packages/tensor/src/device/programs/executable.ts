import { tensorError } from "../../error.ts"
import type { Plan, PlanStep } from "../../plan/plan.ts"
import { refuseSharedDonations, resolveArguments, type GivenArguments } from "./arguments.ts"
import type { DeviceArray } from "../arrays/array.ts"
import { bufferLookup } from "./bindGroups.ts"
import { encodeRun, type RunWork } from "./encode.ts"
import { keptGroups } from "./keptGroups.ts"
import { outputArray } from "./outputArray.ts"
import { allocate, freeMemory, type Memory } from "../arrays/memory.ts"
import { pipelineFor } from "./pipelines.ts"
import { preparer } from "./preparing.ts"
import {
  requireFits,
  requireIndexable,
  requireWorking,
  settled,
  type CompiledShader,
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

/** What a plan needs before it can run. */
interface Ready {
  readonly shaders: readonly CompiledShader[]
  readonly preparing: readonly CompiledShader[]
  readonly memory: Memory
}

/** Compiles a plan's kernels and allocates its memory. Throws as `createExecutable` does; nothing stays allocated then. */
const makeReady = async (state: DeviceState, plan: Plan): Promise<Ready> => {
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
  try {
    await settled(state, plan.name)
  } catch (error) {
    freeMemory(state, memory)
    throw error
  }
  return { shaders, preparing, memory }
}

const refuseDisposed = (plan: Plan): never => {
  throw tensorError({
    _tag: "DeviceFailure",
    op: plan.name,
    rule: "the executable was disposed",
    remedy: "compile it again, or dispose later",
  })
}

/** Allocates and compiles a plan. Throws `KernelInvalid`, `LimitExceeded` or `OutOfDeviceMemory`; nothing stays allocated then. */
export const createExecutable = async (state: DeviceState, plan: Plan): Promise<Executable> => {
  const { shaders, preparing, memory } = await makeReady(state, plan)
  const owner = { dispose: () => freeMemory(state, memory) }
  state.owned.add(owner)
  const prepare = preparer(state, memory, plan, preparing)
  const groupsFor = keptGroups(state, memory, plan, shaders)
  const clears = memory.peaks === null ? [] : [memory.peaks]
  let generation = 0
  let disposed = false

  const runWith = <A>(
    given: GivenArguments,
    encode: Encode<A>,
  ): { readonly outputs: readonly DeviceArray[]; readonly encoded: A } => {
    requireWorking(state, plan.name)
    if (disposed) refuseDisposed(plan)
    const args = resolveArguments(state, memory, plan, given)
    refuseSharedDonations(plan, args)
    const lookup = bufferLookup(state, memory, plan, args)
    prepare(given, lookup)
    const work = { plan, shaders, groups: groupsFor(lookup), textures: memory.textures, clears, lookup }
    const encoded = encode(state, work)
    const mine = ++generation
    const isStale = (): boolean => disposed || state.closed || generation !== mine
    const outputs = plan.outputs.map((output) => outputArray(state, memory, plan, args, output, isStale))
    for (const array of args.donated.values()) if (array.isLive()) array[Symbol.dispose]()
    return { outputs, encoded }
  }

  return {
    plan,
    run: (given) => runWith(given, encodeRun).outputs,
    timed: (given) => {
      const { outputs, encoded } = runWith(given, encodeTimed)
      return { outputs, times: encoded }
    },
    dispose: () => {
      if (disposed) return
      disposed = true
      state.owned.delete(owner)
      freeMemory(state, memory)
    },
  }
}
