import { Effect, Scope } from "effect"
import { isDeviceArray, leavesOf, type Device, type DeviceArray, type TensorError } from "@diva/tensor"
import { warnProcess, type TellGpu } from "./gpuEvents.ts"
import { fromTensor, fromTensorPromise } from "../fromEither.ts"
import type { Gpu, MachineInfo, Program, ProgramOptions } from "./gpu.ts"
import { openedDevice } from "./openedDevice.ts"
import { noting, recordOf, type ProgramRecord } from "./programRecord.ts"

export interface DeviceOptions {
  readonly powerPreference?: "low-power" | "high-performance"
  readonly label?: string
  /** Is told which kernels are being compiled, and what is wrong with the tuning cache; by default the process warns. */
  readonly tell?: TellGpu
}

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
    const compiled = fromTensorPromise(() =>
      device.compile(describe as unknown as (args: never) => never, specs as never, { name, donate, choose }),
    ).pipe(Effect.tap(({ plan }) => Effect.sync(() => note(recordOf(plan, choices())))))
    const release = (executable: Disposable) =>
      Effect.sync(() => {
        results.dispose()
        executable[Symbol.dispose]()
      })
    return Effect.map(Effect.acquireRelease(compiled, release), (executable): Program<Args, Out> => ({
      run: (args) =>
        fromTensor(() => {
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
          fromTensor(() => device.put(tree as never) as never),
          (arrays) => Scope.addFinalizer(scope, released(arrays)),
        ),
      ),
    )

/** The adapter as programs use it, for the scope's life. Errors: `DeviceUnavailable`. */
export const deviceGpu = ({
  tell = warnProcess,
  ...options
}: DeviceOptions): Effect.Effect<Gpu["Service"], TensorError, Scope.Scope> =>
  Effect.map(
    openedDevice({
      ...options,
      onCompiling: (progress) => tell({ _tag: "compiling", ...progress }),
      onWarning: ({ where, rule, remedy }) => tell({ _tag: "tuningUnused", where, rule, remedy }),
    }),
    (device) => {
      const records: ProgramRecord[] = []
      return {
        info: infoOf(device),
        limits: device.planning,
        compiled: Effect.sync(() => [...records]),
        live: Effect.sync(device.live),
        compile: compileOn(device, (record) => void records.push(record)),
        put: putOn(device),
        read: (tree) => fromTensorPromise(() => device.read(tree as never) as never),
      }
    },
  )
