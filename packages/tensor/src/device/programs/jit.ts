import { raise } from "../../error.ts"
import type { Tensor } from "../../graph/tensor.ts"
import type { HostArray } from "../../host/array.ts"
import { isSpec, like } from "../../graph/like.ts"
import { optionsOf } from "../../op/options.ts"
import { mapTree, type Mapped } from "../../graph/tree.ts"
import { isDeviceArray, type DeviceArray } from "../arrays/array.ts"
import type { Compiled, CompileOptions, Results } from "./compile.ts"
import { arraysOf, type Given } from "./given.ts"
import { formOf } from "./jitForm.ts"
import { keptPrograms, remembered } from "./keptPrograms.ts"

/** Arguments of a jitted program: trees with arrays, constant expressions or numbers where the program has tensors. */
export type JitArguments<Args extends readonly unknown[]> = {
  readonly [Key in keyof Args]: Mapped<Args[Key], Tensor, Given>
}

/** One compilation of a jitted program: told to `onCompile`, kept for `explain`. */
export interface Compilation {
  /** Counted from 1. */
  readonly number: number
  /** Why it was compiled. */
  readonly reason: string
  /** Milliseconds from the call to the compiled program. */
  readonly milliseconds: number
}

export interface JitOptions extends Omit<CompileOptions, "donate"> {
  /**
   * Arguments whose buffers results take over: keys of the argument where the program has one, positions (from 0) otherwise. Host
   * arrays among them are put on the device.
   */
  readonly donate?: readonly (string | number)[]
  /** How many compiled programs are kept, the ones used last; 8 by default. Results of a dropped one are gone. */
  readonly keep?: number
  /** Called for each compilation. */
  readonly onCompile?: (compilation: Compilation) => void
}

/** A program that compiles itself when it is called. */
export interface Jitted<Args extends readonly unknown[], Result> extends Disposable {
  (...args: JitArguments<Args>): Promise<Results<Result>>
  /** The program compiled for arguments like these, which may be specs: for its plan and profile, or ahead of the first call. */
  readonly compiled: (...args: readonly unknown[]) => Promise<Compiled<unknown, Result>>
  /** Why it was compiled, each time (the last 256): a line per compilation. */
  readonly explain: () => string
  readonly compilations: () => readonly Compilation[]
  readonly dispose: () => void
}

/** What a device lends to its jitted programs. */
export interface JitDevice {
  readonly compile: (
    program: (args: unknown) => unknown,
    specs: unknown,
    options: CompileOptions,
  ) => Promise<Compiled<unknown, unknown>>
  readonly put: (array: HostArray) => DeviceArray
}

const optionNames = ["donate", "keep", "onCompile", "frozen", "memory", "name", "choose", "precision"] as const

// A single argument is the program's tree of arguments; several are a list of trees, with paths "0.w", "1".
const treeOf = (args: readonly unknown[]): unknown => (args.length === 1 ? args[0] : args)

const isBranch = (tree: unknown): tree is object => typeof tree === "object" && tree !== null && !isSpec(tree)

const topsOf = (args: readonly unknown[], donate: readonly (string | number)[]): readonly string[] =>
  donate.flatMap((top) => {
    if (typeof top === "string" || args.length !== 1) return [String(top)]
    if (top !== 0) return [String(top)]
    return isBranch(args[0]) ? Object.keys(args[0]) : [""]
  })

const isUnder = (path: string, tops: readonly string[]): boolean =>
  tops.some((top) => path === top || path.startsWith(`${top}.`))

const isArray = (value: unknown): value is DeviceArray | HostArray => isSpec(value)

const putUnder = (tree: unknown, tops: readonly string[], put: JitDevice["put"]): unknown =>
  tops.length === 0
    ? tree
    : mapTree(tree, isArray, (array, path) =>
        isDeviceArray(array) || !isUnder(path, tops) ? array : put(array as HostArray),
      )

const requireKeep = (keep: number): void => {
  if (Number.isInteger(keep) && keep >= 1) return
  raise({
    _tag: "InvalidAttribute",
    op: "jit",
    attribute: "keep",
    rule: `keep counts programs, from 1 on, got ${keep}`,
    remedy: "leave it out for 8",
  })
}

/** The compilations of a jitted program. */
interface History {
  /** Takes note of one that began at `start`, by the clock of `performance`. */
  readonly note: (reason: string, start: number) => void
  readonly compilations: () => readonly Compilation[]
  readonly explain: () => string
}

const createHistory = (onCompile: JitOptions["onCompile"]): History => {
  const history: Compilation[] = []
  let count = 0
  return {
    note: (reason, start) => {
      const compilation = { number: ++count, reason, milliseconds: performance.now() - start }
      history.push(compilation)
      if (history.length > remembered) history.shift()
      onCompile?.(compilation)
    },
    compilations: () => [...history],
    explain: () =>
      history
        .map(({ number, reason, milliseconds }) => `${number}  ${reason}  (${Math.round(milliseconds)} ms)`)
        .join("\n"),
  }
}

/** How `program` is compiled for arguments like given ones, for a reason that `history` is told. */
const compilerOf =
  <Args extends readonly unknown[]>(
    device: JitDevice,
    program: (...args: Args) => unknown,
    { donate = [], ...options }: Omit<JitOptions, "keep" | "onCompile">,
    history: History,
  ) =>
  async (args: readonly unknown[], reason: string): Promise<Compiled<unknown, unknown>> => {
    const start = performance.now()
    const traced = (tree: unknown): unknown => program(...((args.length === 1 ? [tree] : tree) as unknown as Args))
    const name = options.name ?? (program.name === "" ? "program" : program.name)
    const compiled = await device.compile(traced, like(treeOf(args)), {
      ...options,
      name,
      donate: topsOf(args, donate),
    })
    history.note(reason, start)
    return compiled
  }

/**
 * `program`, compiled at its first call for the shapes and element types of the arguments, and again whenever these change; calls
 * of a form that was compiled run at once. Arguments and results are trees. Results live until the next run, as those of `compile`.
 */
export const jitOn = <Args extends readonly unknown[], Result>(
  device: JitDevice,
  program: (...args: Args) => Result,
  options: JitOptions = {},
): Jitted<Args, Result> => {
  const { donate = [], keep = 8, onCompile, ...rest } = optionsOf("jit", options, optionNames)
  requireKeep(keep)
  const history = createHistory(onCompile)
  const compile = compilerOf(device, program, { ...rest, donate }, history)
  const programs = keptPrograms(keep)

  const compiledFor = (args: readonly unknown[]): Promise<Compiled<unknown, unknown>> =>
    programs.programFor(formOf(treeOf(args)), (reason) => compile(args, reason))

  const call = async (...given: readonly unknown[]): Promise<Results<Result>> => {
    const tree: unknown = arraysOf("jit", treeOf(given))
    const args = given.length === 1 ? [tree] : (tree as readonly unknown[])
    const compiled = await compiledFor(args)
    const results = compiled(putUnder(tree, topsOf(args, donate), device.put) as never)
    // Only now: arguments may lie in the memory of the program that is dropped.
    programs.dropOldest()
    return results as Results<Result>
  }

  return Object.assign(call as (...args: JitArguments<Args>) => Promise<Results<Result>>, {
    compiled: (...args: readonly unknown[]) => compiledFor(args) as Promise<Compiled<unknown, Result>>,
    compilations: history.compilations,
    explain: history.explain,
    dispose: programs.dispose,
    [Symbol.dispose]: programs.dispose,
  })
}
