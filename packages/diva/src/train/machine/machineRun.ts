import { Effect, Scope } from "effect"
import { type Spec, type TensorError, isSpec, leavesOf, mapTree } from "@diva/tensor"
import type { FileError } from "@diva/models"
import { Gpu } from "../../gpu/gpu.ts"
import type { ArraysOf, SpecsOf } from "../../gpu/machineArray.ts"
import type { Program } from "../../gpu/program.ts"
import type { Frozen, Trainable } from "../../objective/microStep.ts"
import { Events } from "../observe/events.ts"

/** The part of a run that stays on the machine between updates, as programs see it. */
export interface Held {
  readonly trainable: Trainable
  readonly frozen: Frozen
}

/** A function of a run's parameters and of further arguments. One value is compiled once for each shape of its arguments. */
export interface MachineProgram<Args, Out> {
  /** Its name in the run's manifest. */
  readonly name: string
  readonly describe: (held: Held, args: Args) => Out
}

/**
 * Runs a program on parameters where they lie; arguments may be in host memory or on the machine. What it gives stays valid
 * until the program has run twice more. Errors: any `TensorError`, file errors of the manifest, which records the program.
 */
export type MachineRun = <Args, Out>(
  program: MachineProgram<Args, Out>,
  args: ArraysOf<Args>,
) => Effect.Effect<ArraysOf<Out>, TensorError | FileError>

interface RunArguments<Args> {
  readonly held: Held
  readonly args: Args
}

/** Runs programs in this scope, each compiled when it first meets arguments of its shapes. `held`: what lies there now. */
export const machineRunner = Effect.fnUntraced(function* (held: () => ArraysOf<Held>) {
  const [gpu, events, scope] = [yield* Gpu, yield* Events, yield* Effect.scope]
  const compiled = new Map<object, Map<string, Program<never, unknown>>>()
  const compile = Effect.fnUntraced(function* <Args, Out>(
    { name, describe }: MachineProgram<Args, Out>,
    args: unknown,
  ) {
    const specs = mapTree(args, isSpec, ({ shape, dtype }): Spec => ({ shape, dtype })) as SpecsOf<RunArguments<Args>>
    const program = yield* gpu
      .compile((given: RunArguments<Args>) => describe(given.held, given.args), specs, { name })
      .pipe(Scope.provide(scope))
    yield* events.publish({ _tag: "compiled", program: name })
    return program
  })
  const compiledFor = Effect.fnUntraced(function* <Args, Out>(program: MachineProgram<Args, Out>, args: object) {
    const shapes = JSON.stringify(leavesOf(args, isSpec).map(({ path, leaf }) => [path, leaf.shape, leaf.dtype]))
    const variants = compiled.get(program) ?? new Map<string, Program<never, unknown>>()
    compiled.set(program, variants)
    const known = variants.get(shapes) as Program<RunArguments<Args>, Out> | undefined
    const ready = known ?? (yield* compile(program, args))
    variants.set(shapes, ready as Program<never, unknown>)
    return ready
  })
  const run = Effect.fn("Machine.run")(function* <Args, Out>(program: MachineProgram<Args, Out>, args: ArraysOf<Args>) {
    const all = { held: held(), args }
    return yield* (yield* compiledFor(program, all)).run(all as ArraysOf<RunArguments<Args>>)
  })
  return run as MachineRun
})
