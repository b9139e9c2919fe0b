import { raise } from "../../error.ts"
import { isTensor } from "../../graph/graph.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { isHostArray, type HostArray } from "../../host/array.ts"
import { input } from "../../ops/input.ts"
import type { Plan, Program } from "../../plan/plan.ts"
import { planProgram } from "../../plan/planProgram.ts"
import type { Choose } from "../../kernels/way/choice.ts"
import { planningFor, type PlanFor, type Planning } from "../../plan/planning.ts"
import type { Precision } from "../../precision/precision.ts"
import { isSpec } from "../../graph/like.ts"
import { optionsOf } from "../../op/options.ts"
import type { Spec } from "../../shape/shape.ts"
import { leavesOf, mapTree, treeForm, type Mapped } from "../../graph/tree.ts"
import type { GivenArguments } from "./arguments.ts"
import { isDeviceArray, type DeviceArray } from "../arrays/array.ts"
import { createExecutable } from "./executable.ts"
import type { DeviceState } from "../state.ts"
import type { StepTime } from "./timed.ts"

/** The specs of a tree of tensors. */
export type Specs<T> = Mapped<T, Tensor, Spec>

/** Arguments of a compiled program: arrays on the device, or host arrays that are uploaded with each call. */
export type Arguments<T> = Mapped<T, Tensor, DeviceArray | HostArray>

/** Results of a compiled program. They live until it runs again. */
export type Results<T> = Mapped<T, Tensor, DeviceArray>

export interface CompileOptions {
  /** Top-level arguments whose buffers the outputs take over: parameters and optimizer state, updated in place. */
  readonly donate?: readonly string[]
  /**
   * Top-level arguments that are the same arrays in most runs, weights that do not train for one. On GPUs what follows from them
   * alone is computed in the first run with these arrays, and kept.
   */
  readonly frozen?: readonly string[]
  /** Bytes of memory the program may take: more is not kept of what follows from frozen arguments. Default: no bound. */
  readonly memory?: number
  /** Name in plans, profiles and errors. */
  readonly name?: string
  /** Decides between kernels for this program, instead of what the device was tuned to. */
  readonly choose?: Choose
  /** How exactly contractions, convolutions and attention multiply, where `withPrecision` says nothing else. Default: the device's. */
  readonly precision?: Precision
}

const optionNames = ["donate", "frozen", "memory", "name", "choose", "precision"] as const

/** A compiled program: call it to encode and submit one run. A warm call compiles and allocates nothing. */
export interface Compiled<Args, Result> extends Disposable {
  (args: Arguments<Args>): Results<Result>
  readonly plan: Plan
  /** One run with the time of each dispatch, for profiles: seconds, in the order of `plan.steps`. */
  readonly timed: (args: Arguments<Args>) => {
    readonly results: Results<Result>
    readonly times: Promise<readonly StepTime[]>
  }
  readonly dispose: () => void
}

const isArgument = (value: unknown): value is DeviceArray | HostArray => isDeviceArray(value) || isHostArray(value)

interface Traced<Result> extends Program {
  readonly result: Result
}

/** Describes `program` on symbolic inputs. */
export const traceProgram = <Args, Result>(
  program: (args: Args) => Result,
  specs: Specs<Args>,
  options: CompileOptions = {},
): Traced<Result> => {
  optionsOf("compile", options, optionNames)
  const args = mapTree(specs, isSpec, (spec, path) =>
    input({ shape: spec.shape, dtype: spec.dtype }, path),
  ) as unknown as Args
  const result = program(args)
  const inputs = leavesOf(args, isTensor).map(({ leaf }) => leaf)
  const outputs = leavesOf(result, isTensor).map(({ path, leaf }) => ({ path, tensor: leaf }))
  const pathsOf = (attribute: "donate" | "frozen"): ReadonlySet<string> => {
    const tops = options[attribute] ?? []
    const paths = inputs.map(({ attributes }) => attributes["path"] as string)
    const unknown = tops.find((top) => !paths.some((path) => isUnder(path, top)))
    if (unknown !== undefined)
      raise({
        _tag: "InvalidAttribute",
        op: "compile",
        attribute,
        rule: `there is no argument "${unknown}"`,
        remedy: `arguments are ${Object.keys(specs as object).join(", ")}`,
      })
    return new Set(paths.filter((path) => tops.some((top) => isUnder(path, top))))
  }
  return {
    name: options.name ?? (program.name === "" ? "program" : program.name),
    inputs,
    outputs,
    donated: pathsOf("donate"),
    frozen: pathsOf("frozen"),
    ...(options.memory === undefined ? {} : { memory: options.memory }),
    result,
  }
}

const isUnder = (path: string, top: string): boolean => path === top || path.startsWith(`${top}.`)

/** The plan of a program for an adapter, by its facts or a device's planning, without a device. */
export const planOf = <Args, Result>(
  program: (args: Args) => Result,
  specs: Specs<Args>,
  adapter: PlanFor,
  options: CompileOptions = {},
): Plan => planProgram(traceProgram(program, specs, options), planningOf(adapter, options))

const planningOf = (adapter: PlanFor, { choose, precision }: CompileOptions): Planning => {
  const planning = planningFor(adapter)
  return {
    ...planning,
    ...(choose === undefined ? {} : { choose }),
    ...(precision === undefined ? {} : { policy: { ...planning.policy, precision } }),
  }
}

/** Traces, plans and compiles `program` for arguments of the given specs. */
export const compileProgram = async <Args, Result>(
  state: DeviceState,
  program: (args: Args) => Result,
  specs: Specs<Args>,
  options: CompileOptions = {},
): Promise<Compiled<Args, Result>> => {
  const traced = traceProgram(program, specs, options)
  const executable = await createExecutable(state, planProgram(traced, planningOf(state.planning, options)))
  const [argumentForm, resultForm] = [treeForm(specs, isSpec), treeForm(traced.result, isTensor)]
  const inOrder = (args: Arguments<Args>): GivenArguments => {
    const leaves = argumentForm.leaves(args)
    // Anything else where arrays belong: the walk by paths says what and where, unless it is only missing.
    if (!leaves.every(isArgument)) leavesOf(args, isArgument)
    return leaves.map((leaf) => (isArgument(leaf) ? leaf : undefined))
  }
  const inTree = (arrays: readonly DeviceArray[]): Results<Result> => resultForm.fill(arrays) as Results<Result>
  const call = (args: Arguments<Args>): Results<Result> => inTree(executable.run(inOrder(args)))
  const timed = (args: Arguments<Args>) => {
    const { outputs, times } = executable.timed(inOrder(args))
    return { results: inTree(outputs), times }
  }
  return Object.assign(call, {
    plan: executable.plan,
    timed,
    dispose: executable.dispose,
    [Symbol.dispose]: executable.dispose,
  })
}
