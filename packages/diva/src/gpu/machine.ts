import type { HostArray, Mapped, PlanFor, TensorError } from "@diva/tensor"
import type { Effect, Scope } from "effect"
import type { MachineArray, SpecsOf } from "./machineArray.ts"
import type { MachineInfo } from "./machineInfo.ts"
import type { Program, ProgramOptions } from "./program.ts"
import type { ProgramRecord } from "./programRecord.ts"

/** What computes: an adapter's device, or the CPU references of the ops. */
export interface Machine {
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
