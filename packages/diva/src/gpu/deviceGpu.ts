import { Effect, Scope } from "effect"
import {
  isDeviceArray,
  isTensorError,
  leavesOf,
  openDevice,
  type CompileProgress,
  type Device,
  type DeviceArray,
  type TensorError,
} from "@diva/tensor"
import { readTuning } from "@diva/tensor/tuning-file"
import { warnProcess, type TellGpu } from "./gpuEvents.ts"
import type { Gpu, MachineInfo, Program, ProgramOptions } from "./gpu.ts"
import { noting, recordOf, type ProgramRecord } from "./programRecord.ts"

export interface DeviceOptions {
  readonly powerPreference?: "low-power" | "high-performance"
  readonly label?: string
  /** Is told which kernels are being compiled, and what is wrong with the tuning cache; by default the process warns. */
  readonly tell?: TellGpu
}

/** Tensor errors become typed failures; anything else is a defect of this program and stays one. */
const failing = <A>(run: () => Promise<A>): Effect.Effect<A, TensorError> =>
  Effect.tryPromise({ try: run, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (isTensorError(cause) ? Effect.fail(cause) : Effect.die(cause))),
  )

const failingSync = <A>(run: () => A): Effect.Effect<A, TensorError> =>
  Effect.try({ try: run, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (isTensorError(cause) ? Effect.fail(cause) : Effect.die(cause))),
  )

const infoOf = ({ info: { vendor, architecture, description, isSoftware } }: Device): MachineInfo => ({
  vendor,
  architecture,
  description,
  isSoftware,
})

/** Gives back what is still there: donated arrays belong to the program that took them over. */
const disposeAll = (arrays: unknown): void => {
  for (const { leaf } of leavesOf(arrays, isDeviceArray)) leaf[Symbol.dispose]()
}

/** What a program's runs have given and nobody has consumed; it goes with the program. */
const resultHolder = () => {
  let held: readonly DeviceArray[] = []
  return {
    note: (outputs: unknown): void => {
      const fresh = leavesOf(outputs, isDeviceArray).map(({ leaf }) => leaf)
      held = [...held.filter((array) => array.isLive()), ...fresh]
    },
    dispose: (): void => disposeAll(held),
  }
}

const compileOn =
  (device: Device, note: (record: ProgramRecord) => void): Gpu["Service"]["compile"] =>
  <Args, Out>(describe: (args: Args) => Out, specs: unknown, { name, donate = [] }: ProgramOptions<Args>) => {
    const results = resultHolder()
    const { choose, choices } = noting(device.planning.choose)
    const compiled = failing(() =>
      device.compile(describe as unknown as (args: never) => never, specs as never, { name, donate, choose }),
    ).pipe(Effect.tap(({ plan }) => Effect.sync(() => note(recordOf(plan, choices())))))
    const release = (executable: Disposable) =>
      Effect.sync(() => {
        results.dispose()
        executable[Symbol.dispose]()
      })
    return Effect.map(Effect.acquireRelease(compiled, release), (executable): Program<Args, Out> => ({
      run: (args) =>
        failingSync(() => {
          const outputs = executable(args as never)
          results.note(outputs)
          return outputs as never
        }),
      peakBytes: executable.plan.peakBytes,
    }))
  }

const released = (arrays: unknown): Effect.Effect<void> => Effect.sync(() => disposeAll(arrays))

/** The scope may keep the device's arrays alone: `acquireRelease` would keep the host's numbers beside them until it ends. */
const putOn =
  (device: Device): Gpu["Service"]["put"] =>
  (tree) =>
    Effect.uninterruptible(
      Effect.flatMap(Effect.scope, (scope) =>
        Effect.tap(
          failingSync(() => device.put(tree as never) as never),
          (arrays) => Scope.addFinalizer(scope, released(arrays)),
        ),
      ),
    )

const opened = async ({ tell = warnProcess, ...options }: DeviceOptions): Promise<Device> => {
  const { cache, warnings } = readTuning()
  for (const { where, rule, remedy } of warnings) tell({ _tag: "tuningUnused", where, rule, remedy })
  const onCompiling = (progress: CompileProgress): void => tell({ _tag: "compiling", ...progress })
  return openDevice({ tuning: [cache], onCompiling, ...options })
}

/**
 * Opens the adapter, tuned by the user's cache, for the scope's life; closing releases every buffer and pipeline.
 * Errors: `DeviceUnavailable`.
 */
export const deviceGpu = (options: DeviceOptions): Effect.Effect<Gpu["Service"], TensorError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      failing(() => opened(options)),
      (device) => Effect.promise(() => device.close()),
    ),
    (device) => {
      const records: ProgramRecord[] = []
      return {
        info: infoOf(device),
        limits: device.planning,
        compiled: Effect.sync(() => [...records]),
        live: Effect.sync(device.live),
        compile: compileOn(device, (record) => void records.push(record)),
        put: putOn(device),
        read: (tree) => failing(() => device.read(tree as never) as never),
      }
    },
  )
