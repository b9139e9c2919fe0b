import {
  input,
  interpret,
  isTensor,
  isTensorError,
  mapTree,
  openDevice,
  type Device,
  type HostArray,
  type Mapped,
  type Spec,
  type Tensor,
  type TensorError,
} from "@diva/tensor"
import { Context, Effect, Layer } from "effect"
import type { Scope } from "effect"
import { fromTensor } from "./fromEither.ts"

/** A program ready to run: takes its arguments as host arrays, gives its outputs as host arrays. */
export type Runnable<Args, Outputs> = (
  values: Mapped<Args, Tensor, HostArray>,
) => Effect.Effect<Mapped<Outputs, Tensor, HostArray>, TensorError>

/** What computes: the adapter, or the CPU reference that the adapter is compared with. */
export class Engine extends Context.Service<
  Engine,
  {
    /** What computes, in words. */
    readonly name: string
    /** Compiles a program for arguments of the given specs; it lives as long as the scope. */
    readonly compile: <Args, Outputs>(
      name: string,
      program: (args: Args) => Outputs,
      specs: Mapped<Args, Tensor, Spec>,
    ) => Effect.Effect<Runnable<Args, Outputs>, TensorError, Scope.Scope>
  }
>()("diva/cli/Engine") {
  /** Evaluates every op by its CPU reference: slow, and independent of compiler and adapter. */
  static readonly layerReference = Layer.sync(Engine, () => reference)
  /** Compiles for this machine's adapter. Errors: `DeviceUnavailable`. */
  static readonly layerDevice = Layer.effect(
    Engine,
    Effect.suspend(() => Effect.map(device, onDevice)),
  )
}

/** Runs a promise whose rejection is a tensor error; any other rejection is a defect. */
export const tensorPromise = <A>(start: () => Promise<A>): Effect.Effect<A, TensorError> =>
  Effect.tryPromise({ try: start, catch: (error) => error }).pipe(
    Effect.catch((error) => (isTensorError(error) ? Effect.fail(error) : Effect.die(error))),
  )

/** Opens this machine's adapter for the scope. Errors: `DeviceUnavailable`. */
export const device: Effect.Effect<Device, TensorError, Scope.Scope> = Effect.acquireRelease(
  tensorPromise(() => openDevice()),
  (opened) => Effect.promise(() => opened.close()),
)

/** The adapter's name for people: the driver's description, or what else it says of itself. */
export const adapterName = ({ info }: Pick<Device, "info">): string =>
  info.description || [info.vendor, info.architecture].filter((part) => part !== "").join(" ") || "an unnamed adapter"

const onDevice = (opened: Device): Engine["Service"] => ({
  name: adapterName(opened),
  compile: (name, program, specs) =>
    Effect.map(
      Effect.acquireRelease(
        tensorPromise(() => opened.compile(program, specs, { name })),
        (compiled) => Effect.sync(() => compiled.dispose()),
      ),
      (compiled) => (values) => tensorPromise(async () => opened.read(compiled(values as never)) as never),
    ),
})

const isSpec = (value: unknown): value is Spec =>
  typeof value === "object" && value !== null && "shape" in value && "dtype" in value

const isHostArray = (value: unknown): value is HostArray => isSpec(value) && "data" in value

const byPath = (values: unknown): ReadonlyMap<string, HostArray> => {
  const found = new Map<string, HostArray>()
  mapTree(values, isHostArray, (leaf, path) => found.set(path, leaf))
  return found
}

const reference: Engine["Service"] = {
  name: "the CPU reference",
  compile: (_name, program, specs) =>
    fromTensor(() => {
      const outputs = program(mapTree(specs, isSpec, (spec, path) => input(spec, path)) as never)
      mapTree(outputs, isTensor, (tensor) => tensor)
      return (values) => fromTensor(() => interpret(outputs, byPath(values)))
    }),
}
