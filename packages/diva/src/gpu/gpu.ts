import { Context, Effect, Layer, type Scope } from "effect"
import type { HostArray, PlanFor, Mapped, Spec, Tensor, TensorError } from "@diva/tensor"
import { deviceGpu, type DeviceOptions } from "./deviceGpu.ts"
import { interpreterGpu } from "./interpreterGpu.ts"
import type { ProgramRecord } from "./programRecord.ts"

/** A tensor that a machine holds: its shape and element type are known, its numbers must be read. */
export type MachineArray = Spec

/** The tree of arrays that stands for a tree of tensors. */
export type ArraysOf<T> = Mapped<T, Tensor, MachineArray>

/** The tree of specs a program is compiled for. */
export type SpecsOf<T> = Mapped<T, Tensor, Spec>

/** The tree of host arrays that comes back from a read. */
export type HostOf<T> = Mapped<T, Tensor, HostArray>

/** Where a program runs, for manifests and errors. */
export interface MachineInfo {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  /** Whether a processor emulates a graphics adapter, or interprets. */
  readonly isSoftware: boolean
}

export interface ProgramOptions<Args> {
  readonly name: string
  /** Arguments that a run consumes; outputs of the same name take their memory over. */
  readonly donate?: readonly (keyof Args & string)[]
  /** Arguments that are the same arrays in most runs: what follows from them alone may be computed once and kept. */
  readonly frozen?: readonly (keyof Args & string)[]
  /** Bytes within which that is kept. */
  readonly memory?: number
}

/** A compiled function of arrays. What a run gives stays valid until the run after the next. */
export interface Program<Args, Out> {
  readonly run: (args: ArraysOf<Args>) => Effect.Effect<ArraysOf<Out>, TensorError>
  /** Predicted largest memory of a run in bytes; undefined where nobody predicts. */
  readonly peakBytes: number | undefined
}

/** The machine that computes. Everything it was given is released when the layer's scope ends. */
export class Gpu extends Context.Service<
  Gpu,
  {
    readonly info: MachineInfo
    /** What programs are planned for here; undefined where nothing is planned. */
    readonly limits: PlanFor | undefined
    /** What the programs compiled so far were compiled to, in order; nothing where nothing is compiled. */
    readonly compiled: Effect.Effect<readonly ProgramRecord[]>
    /** Buffers and bytes held now; back at its start after everything in scope is released. */
    readonly live: Effect.Effect<{ readonly buffers: number; readonly bytes: number }>
    /**
     * Reopens the machine after it was lost: everything compiled for it or put on it before is gone. Errors: `DeviceUnavailable`,
     * also where another machine is found than the one that was lost.
     */
    readonly reopen: Effect.Effect<void, TensorError>
    /** Traces and compiles `describe` for arguments of `specs`; released with the scope. Errors: any `TensorError`. */
    readonly compile: <Args, Out>(
      describe: (args: Args) => Out,
      specs: SpecsOf<Args>,
      options: ProgramOptions<Args>,
    ) => Effect.Effect<Program<Args, Out>, TensorError, Scope.Scope>
    /** Copies host arrays to the machine, to stay until the scope ends or a program consumes them. */
    readonly put: <Tree>(tree: Tree) => Effect.Effect<Mapped<Tree, HostArray, MachineArray>, TensorError, Scope.Scope>
    /** Reads arrays back. Errors: `DeviceLost`, `StaleArray`. */
    readonly read: <Tree>(tree: Tree) => Effect.Effect<Mapped<Tree, MachineArray, HostArray>, TensorError>
  }
>()("diva/run/Gpu") {
  /** The machine's WebGPU adapter. Errors: `DeviceUnavailable`. */
  static readonly layer = (options: DeviceOptions = {}) => Layer.effect(Gpu, Effect.map(deviceGpu(options), Gpu.of))
  /** The CPU references of the ops: slow, exact, needs no adapter; for tests. */
  static readonly layerInterpreter = Layer.succeed(Gpu, Gpu.of(interpreterGpu))
}
