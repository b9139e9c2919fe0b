import { Effect, Exit, Scope } from "effect"
import {
  isDeviceArray,
  isSpec,
  leavesOf,
  raise,
  type Device,
  type DeviceArray,
  type KernelFacts,
  type Precision,
  type TensorError,
} from "@diva/tensor"
import { warnProcess, type TellGpu } from "./gpuEvents.ts"
import { fromTensor, fromTensorPromise } from "../fromEither.ts"
import type { Machine } from "./machine.ts"
import type { MachineInfo } from "./machineInfo.ts"
import { openedDevice } from "./openedDevice.ts"
import type { Program, ProgramOptions } from "./program.ts"
import { noting, recordOf, type ProgramRecord } from "./programRecord.ts"
import { doing, doingInOnePiece } from "../doing.ts"

export interface DeviceOptions {
  readonly powerPreference?: "low-power" | "high-performance"
  readonly label?: string
  /** How exactly programs multiply that say nothing of their own; highest. */
  readonly precision?: Precision
  /** Facts to plan by in place of the adapter's own: for kernels that it would not be given otherwise. */
  readonly planFor?: Partial<KernelFacts>
  /** Called with which kernels are being compiled, and with what is wrong with the tuning cache; by default the process warns. */
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

/** The device that is open now: another one after it was lost. */
interface HeldDevice {
  device: Device
  close: Effect.Effect<void>
}

/** Tensors beyond which planning a program takes seconds. */
const largeProgram = 100

const compileOn =
  (held: HeldDevice, note: (record: ProgramRecord) => void): Machine["compile"] =>
  <Args, Out>(describe: (args: Args) => Out, specs: unknown, { name, donate = [], ...kept }: ProgramOptions<Args>) => {
    const { device } = held
    const results = resultHolder()
    const { choose, choices } = noting(device.planning.choose)
    const compiled = fromTensorPromise(() =>
      device.compile(describe as unknown as (args: never) => never, specs as never, { name, donate, choose, ...kept }),
    ).pipe(Effect.tap(({ plan }) => Effect.sync(() => note(recordOf(plan, choices())))))
    const release = (executable: Disposable) =>
      Effect.sync(() => {
        results.dispose()
        executable[Symbol.dispose]()
      })
    const isLarge = leavesOf(specs, isSpec).length > largeProgram
    const planned = Effect.andThen((isLarge ? doingInOnePiece : doing)(`planning ${name}`), compiled)
    return Effect.map(Effect.acquireRelease(planned, release), (executable): Program<Args, Out> => ({
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
  (held: HeldDevice): Machine["put"] =>
  (tree) =>
    Effect.uninterruptible(
      Effect.flatMap(Effect.scope, (scope) =>
        Effect.tap(
          fromTensor(() => held.device.put(tree as never) as never),
          (arrays) => Scope.addFinalizer(scope, released(arrays)),
        ),
      ),
    )

const nameOf = ({ vendor, architecture, description }: MachineInfo): string =>
  `${vendor} ${architecture} ${description}`.trim()

const otherAdapter = (lost: string, found: string) =>
  fromTensor(() =>
    raise({
      _tag: "DeviceUnavailable",
      op: "reopen",
      rule: `${lost} was lost and is no longer there; ${found} is`,
      remedy: "resume the run on the adapter it was started on, for the same bits, or on this one, to rounding",
    }),
  )

/** A device in a scope of its own, which ends when it is reopened. */
const openHeld = Effect.fnUntraced(function* ({ tell = warnProcess, ...options }: DeviceOptions, parent: Scope.Scope) {
  const scope = yield* Scope.fork(parent)
  const opening = openedDevice({
    ...options,
    onCompiling: (progress) => tell({ _tag: "compiling", ...progress }),
    onWarning: ({ where, rule, remedy }) => tell({ _tag: "tuningUnused", where, rule, remedy }),
  })
  yield* doing("opening the adapter")
  const held: HeldDevice = { device: yield* Scope.provide(opening, scope), close: Scope.close(scope, Exit.void) }
  return held
})

/** The same adapter opened again. On another one the run would continue with other bits: that is not a repetition. */
const reopenIn = Effect.fnUntraced(function* (held: HeldDevice, options: DeviceOptions, parent: Scope.Scope) {
  const lost = nameOf(infoOf(held.device))
  yield* held.close
  Object.assign(held, yield* openHeld(options, parent))
  const found = nameOf(infoOf(held.device))
  if (found !== lost) yield* otherAdapter(lost, found)
}, Effect.uninterruptible)

/** The adapter as programs use it, for the scope's life. Errors: `DeviceUnavailable`. */
export const deviceGpu = Effect.fnUntraced(function* (
  options: DeviceOptions,
): Effect.fn.Return<Machine, TensorError, Scope.Scope> {
  const parent = yield* Effect.scope
  const held = yield* openHeld(options, parent)
  const records: ProgramRecord[] = []
  return {
    get info() {
      return infoOf(held.device)
    },
    get limits() {
      return held.device.planning
    },
    compiled: Effect.sync(() => [...records]),
    live: Effect.sync(() => held.device.live()),
    reopen: reopenIn(held, options, parent),
    compile: compileOn(held, (record) => void records.push(record)),
    put: putOn(held),
    read: (tree) => fromTensorPromise(() => held.device.read(tree as never) as never),
  }
})
