import { isHostArray, type HostArray } from "../host/array.ts"
import { kernelFacts, type KernelFacts } from "../adapter/kernelFacts.ts"
import type { CostModel } from "../adapter/costModel.ts"
import { modelOf } from "../adapter/models.ts"
import type { Choose } from "../kernels/way/choice.ts"
import type { Planning } from "../plan/planning.ts"
import type { Precision } from "../precision/precision.ts"
import { mapTree, leavesOf, type Mapped } from "../graph/tree.ts"
import type { Plan } from "../plan/plan.ts"
import { tuningFrom, type TuningCache, type TuningWarning } from "../decisions/cache.ts"
import { shippedTuning } from "../decisions/shipped.ts"
import { acquireAdapter, type Acquired } from "./adapter.ts"
import type { AdapterFacts } from "../adapter/adapterFacts.ts"
import type { SelfTestMemory } from "./selfTest/memory.ts"
import type { SelfTestResult } from "./selfTest/selfTest.ts"
import { warnOfFaults } from "./selfTest/warn.ts"
import { adapterKey } from "../adapter/adapterKey.ts"
import { isDeviceArray, ownedArray, takeBuffer, type DeviceArray } from "./arrays/array.ts"
import { compileCount, type CompileProgress } from "./compiling.ts"
import { compileProgram, planOf, type Compiled, type CompileOptions, type Specs } from "./programs/compile.ts"
import { arraysOf, type Given } from "./programs/given.ts"
import { jitOn, type JitDevice, type JitOptions, type Jitted } from "./programs/jit.ts"
import { destroyBuffer, liveBuffers, recordFailure, settled, waitFor, type DeviceState } from "./state.ts"
import { measureCeilings, type Ceilings } from "./ceilings/ceilings.ts"
import { showOn } from "./show.ts"
import { putArray, readArrays } from "./arrays/transfer.ts"

export interface OpenOptions {
  /** Other facts to plan for than the adapter's own: how a program would run on a smaller adapter, or on one of another class. */
  readonly planFor?: Partial<KernelFacts>
  /** Figures to compare ways by instead of those of the adapter's class. */
  readonly model?: CostModel
  /** Decides between ways, instead of what was measured. */
  readonly choose?: Choose
  readonly powerPreference?: GPUPowerPreference
  /** Whether the thread that waits gives way to a software adapter's workers. Default: yes. */
  readonly giveWay?: boolean
  /**
   * Features to do without, by WebGPU's names or those of `DIVA_FEATURES` (which refuses as well): how a program would run on
   * an adapter that lacks them. `unclamped-indices` stands for shaders whose indices are not clamped to their bindings.
   */
  readonly without?: readonly string[]
  /**
   * Where results of self-tests are kept: f16, subgroups, matrix units and unclamped indices are used after a test on the
   * adapter. Default: a file beside the tuning cache; in browsers, the page.
   */
  readonly selfTests?: SelfTestMemory
  /** Measured decisions between kernels, earlier caches first; the shipped ones come last. `[]` leaves only those. */
  readonly tuning?: readonly TuningCache[]
  /**
   * Whether contractions and convolutions with an operand stored in f16 may multiply in f16, on adapters that can (`shader-f16`, workgroup
   * memory). Less than 1e-3 of relative error, and numbers beyond ±65,504 or below 6e-8 are lost: for inference, or for
   * gradients of a scaled loss. Default: no.
   */
  readonly halfArithmetic?: boolean
  /** How exactly programs multiply that say nothing else when they are compiled. Default: "highest". */
  readonly precision?: Precision
  /**
   * Called with how many kernels are compiled, whenever that changes. Software adapters compile a kernel when it first runs: the
   * first run of a program is then submitted kernel by kernel, to see them come.
   */
  readonly onCompiling?: (progress: CompileProgress) => void
  /** Whether to use the measured decisions that come with the package. Default: yes. */
  readonly shippedTuning?: boolean
}

/** A GPU, or a CPU that acts as one, ready to compile and run programs. Closing it frees everything that lives on it. */
export interface Device extends AsyncDisposable {
  /** What the adapter has, the features in use among it. */
  readonly info: AdapterFacts
  /** Self-tests of features: one that failed is not in use, and programs run in the next best way. */
  readonly selfTests: readonly SelfTestResult[]
  /** What programs are planned for here: the adapter's facts, its cost model, the precision allowed, what was measured. */
  readonly planning: Planning
  /** Compiles a program for arguments of the given specs. Throws a typed error that names op and shader line. */
  readonly compile: <Args, Result>(
    program: (args: Args) => Result,
    specs: Specs<Args>,
    options?: CompileOptions,
  ) => Promise<Compiled<Args, Result>>
  /** What `compile` would do, without doing it. */
  readonly planOf: <Args, Result>(program: (args: Args) => Result, specs: Specs<Args>, options?: CompileOptions) => Plan
  /** Measured decisions in use, and those found unusable: stale ones are known once a program that needs them is planned. */
  readonly tuning: () => { readonly entries: number; readonly warnings: readonly TuningWarning[] }
  /**
   * `program`, compiled when it is called, for the shapes and element types of what it is called with: `const step =
   * device.jit(train, { donate: ["state"] })`, then `await step({ state, batch })`. Arrays on the device and the host, constant
   * expressions and numbers serve as arguments. `step.explain()` says why it was compiled again.
   */
  readonly jit: <Args extends readonly unknown[], Result>(
    program: (...args: Args) => Result,
    options?: JitOptions,
  ) => Jitted<Args, Result>
  /**
   * Uploads a tree of host arrays, numbers (f32[]) and constant expressions, which are computed by the ops' references; arrays of
   * the device stay as they are. What comes back belongs to the device.
   */
  readonly put: <T>(tree: T) => Mapped<T, Given, DeviceArray>
  /** Reads a tree of arrays back. */
  readonly read: <T>(tree: T) => Promise<Mapped<T, DeviceArray, HostArray>>
  /**
   * Prints the numbers of a tree, leaf by leaf: arrays, numbers, and constant expressions, which are computed here. For looking at
   * things; a program that runs often is compiled once.
   */
  readonly show: (tree: unknown) => Promise<void>
  /** Detaches results from their executable, so that they outlive its next run. */
  readonly keep: <T>(tree: T) => T
  /** Waits until everything submitted has finished. Throws what went wrong meanwhile. */
  readonly finish: () => Promise<void>
  /** Buffers that exist now. */
  readonly live: () => { readonly buffers: number; readonly bytes: number }
  /** Buffers (and textures), bind groups and pipelines made since it was opened: a warm run makes none. */
  readonly created: () => Created
  /** What the adapter reaches at most, measured when first asked for (about a second). */
  readonly ceilings: () => Promise<Ceilings>
  readonly close: () => Promise<void>
}

export interface Created {
  readonly buffers: number
  readonly bindGroups: number
  readonly pipelines: number
}

const watch = (state: DeviceState): void => {
  state.gpu.addEventListener("uncapturederror", (event) =>
    recordFailure(state, {
      _tag: "DeviceFailure",
      op: "device",
      rule: event.error.message,
      remedy: "this is a defect of the library: report it with the output of `diva doctor`",
    }),
  )
  void state.gpu.lost.then(({ reason, message }) => {
    if (reason !== "destroyed" || !state.closed)
      recordFailure(state, {
        _tag: "DeviceLost",
        op: "device",
        rule: message === "" ? `the device was lost (${reason})` : message,
        remedy: "open the device again and resume from the last checkpoint",
      })
  })
}

const putTree = <T>(state: DeviceState, tree: T): Mapped<T, Given, DeviceArray> =>
  mapTree(arraysOf("put", tree), isArray, (array) =>
    isDeviceArray(array) ? array : putArray(state, array),
  ) as unknown as Mapped<T, Given, DeviceArray>

const isArray = (value: unknown): value is DeviceArray | HostArray => isDeviceArray(value) || isHostArray(value)

const jitDevice = (state: DeviceState): JitDevice => ({
  compile: (program, specs, options) => compileProgram(state, program, specs as Specs<unknown>, options),
  put: (array) => putArray(state, array),
})

const keepTree = <T>(state: DeviceState, tree: T): T =>
  mapTree(tree, isDeviceArray, (array) =>
    ownedArray(state, array, takeBuffer(state, array, "keep", "device.keep moved it")),
  ) as unknown as T

const readTree = async <T>(state: DeviceState, tree: T): Promise<Mapped<T, DeviceArray, HostArray>> => {
  const arrays = await readArrays(
    state,
    leavesOf(tree, isDeviceArray, "read").map(({ leaf }) => leaf),
  )
  let next = 0
  return mapTree(tree, isDeviceArray, () => arrays[next++]!)
}

const finishWork = async (state: DeviceState): Promise<void> => {
  await waitFor(state, state.gpu.queue.onSubmittedWorkDone())
  await settled(state, "finish")
}

const closeDevice = async (state: DeviceState): Promise<void> => {
  if (state.closed) return
  await Promise.all(state.pending)
  for (const owner of state.owned) owner.dispose()
  for (const buffer of state.buffers) destroyBuffer(state, buffer)
  state.closed = true
  state.gpu.destroy()
}

/** A device on an adapter that has been acquired. */
export const deviceOn = ({ gpu, facts: info, selfTests }: Acquired, options: OpenOptions): Device => {
  const caches = [...(options.tuning ?? []), ...(options.shippedTuning === false ? [] : shippedTuning)]
  const tuning = tuningFrom(caches, adapterKey(info))
  const facts = { ...kernelFacts(info), ...options.planFor }
  const state: DeviceState = {
    gpu,
    info,
    planning: {
      facts,
      model: options.model ?? modelOf(info, facts),
      policy: { precision: options.precision ?? "highest", halfArithmetic: options.halfArithmetic === true },
      choose: options.choose ?? tuning.choose,
    },
    restsWhileWaiting: info.isSoftware && options.giveWay !== false && typeof process === "object",
    pipelines: new Map(),
    buffers: new Set(),
    owned: new Set(),
    pending: new Set(),
    failure: null,
    closed: false,
    nextBuffer: 0,
    created: { pipelines: 0, bindGroups: 0 },
    compiling: options.onCompiling && compileCount(options.onCompiling, info.isSoftware ? "run" : "created"),
  }
  watch(state)
  const close = (): Promise<void> => closeDevice(state)
  let ceilings: Promise<Ceilings> | undefined
  return {
    info,
    selfTests,
    planning: state.planning,
    compile: (program, specs, compileOptions) => compileProgram(state, program, specs, compileOptions),
    planOf: (program, specs, compileOptions) => planOf(program, specs, state.planning, compileOptions),
    tuning: () => ({ entries: tuning.entries, warnings: tuning.warnings() }),
    jit: (program, jitOptions) => jitOn(jitDevice(state), program, jitOptions),
    put: (tree) => putTree(state, tree),
    read: (tree) => readTree(state, tree),
    show: (tree) => showOn(jitDevice(state), (arrays) => readArrays(state, arrays), tree),
    keep: (tree) => keepTree(state, tree),
    finish: () => finishWork(state),
    live: () => liveBuffers(state),
    created: () => ({ buffers: state.nextBuffer, ...state.created }),
    ceilings: () => (ceilings ??= measureCeilings(state)),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * Opens the machine's WebGPU adapter: Dawn under Node, the browser's own elsewhere. Throws `DeviceUnavailable` with what
 * to install when there is none.
 */
export const openDevice = async (options: OpenOptions = {}): Promise<Device> => {
  const acquired = await acquireAdapter(options)
  warnOfFaults(acquired.selfTests)
  return deviceOn(acquired, options)
}
