import { Effect, type Scope } from "effect"
import { isTensorError, openDevice, type Device, type TensorError } from "@diva/tensor"
import type { Gpu, MachineInfo, Program } from "./gpu.ts"

export interface DeviceOptions {
  readonly powerPreference?: "low-power" | "high-performance"
  readonly label?: string
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

const compileOn =
  (device: Device): Gpu["Service"]["compile"] =>
  <Args, Out>(describe: (args: Args) => Out, specs: unknown, options: { readonly name: string; readonly donate?: readonly string[] }) =>
    Effect.map(
      Effect.acquireRelease(
        failing(() => device.compile(describe as unknown as (args: never) => never, specs as never, { ...options, donate: [...(options.donate ?? [])] })),
        (executable) => Effect.sync(() => executable.dispose()),
      ),
      (executable): Program<Args, Out> => ({
        run: (args) => failingSync(() => executable(args as never) as never),
        peakBytes: executable.plan.peakBytes,
      }),
    )

/** Opens the adapter for the scope's life; closing releases every buffer and pipeline. Errors: `DeviceUnavailable`. */
export const deviceGpu = (options: DeviceOptions): Effect.Effect<Gpu["Service"], TensorError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      failing(() => openDevice(options)),
      (device) => Effect.promise(() => device.close()),
    ),
    (device) => ({
      info: infoOf(device),
      live: Effect.sync(device.live),
      compile: compileOn(device),
      put: (tree) => failingSync(() => device.put(tree as never) as never),
      read: (tree) => failing(() => device.read(tree as never) as never),
    }),
  )
