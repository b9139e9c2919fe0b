import { adapterKey } from "../adapter/adapterKey.ts"
import { isDeviceArray, type DeviceArray } from "../device/arrays/array.ts"
import type { Ceilings } from "../device/ceilings/ceilings.ts"
import type { Arguments, Compiled, Results } from "../device/programs/compile.ts"
import type { Device } from "../device/open.ts"
import type { StepTime } from "../device/programs/timed.ts"
import { isHostArray, type HostArray } from "../host/array.ts"
import type { Plan, PlanStep } from "../plan/plan.ts"
import { leavesOf, mapTree } from "../graph/tree.ts"

/** One dispatch as measured. */
export interface StepProfile extends Pick<
  PlanStep,
  "label" | "family" | "group" | "choice" | "flops" | "bytes" | "at"
> {
  /** Seconds from the run's start to the dispatch's, in the run whose total is the median. */
  readonly start: number
  /** Seconds of the dispatch, median over runs. */
  readonly compute: number
  /** Seconds of the copies into textures before it, median over runs. */
  readonly staging: number
}

/** A program's run, measured dispatch by dispatch. */
export interface Profile {
  readonly name: string
  readonly adapter: string
  /** How times were taken. */
  readonly method: "timestamps" | "submits"
  readonly runs: number
  readonly ceilings: Ceilings
  /** Seconds of all dispatches and copies into textures: the sum of the steps. */
  readonly seconds: number
  /** Median seconds of an ordinary run: from the call to the end of its work. */
  readonly wallSeconds: number
  /** Median seconds the ordinary call itself took: encoding and submitting. */
  readonly submitSeconds: number
  readonly peakBytes: number
  readonly steps: readonly StepProfile[]
}

export interface ProfileOptions<Args = unknown, Result = unknown> {
  /** Measured runs, after one that warms up. Default: 5. */
  readonly runs?: number
  /**
   * Arguments of the next run from the results of the last, for programs whose results take over donated arguments: what is
   * given is then consumed, and nothing is copied.
   */
  readonly next?: (results: Results<Result>) => Arguments<Args>
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

const total = (times: readonly StepTime[]): number =>
  times.reduce((sum, { staging, compute }) => sum + staging + compute, 0)

/** The run in the middle by its total, of which a timeline can be drawn. */
const middleRun = (runs: readonly (readonly StepTime[])[]): readonly StepTime[] =>
  runs.toSorted((a, b) => total(a) - total(b))[runs.length >> 1] ?? []

/** Puts measured runs of a plan together: medians per step. Pure. */
export const stepProfiles = (plan: Plan, runs: readonly (readonly StepTime[])[]): readonly StepProfile[] => {
  const middle = middleRun(runs)
  return plan.steps.map(({ label, family, group, choice, flops, bytes, at }, i) => ({
    label,
    family,
    group,
    choice,
    flops,
    bytes,
    at,
    start: middle[i]!.start,
    compute: median(runs.map((run) => run[i]!.compute)),
    staging: median(runs.map((run) => run[i]!.staging)),
  }))
}

const isArray = (value: unknown): value is DeviceArray | HostArray => isDeviceArray(value) || isHostArray(value)

/** Where arguments lie for the runs: those of the host are put on the device once, and taken off it at the end. */
interface Placed<Args> {
  readonly args: Arguments<Args>
  readonly release: () => void
}

const placed = <Args>(device: Device, args: Arguments<Args>): Placed<Args> => {
  const put: DeviceArray[] = []
  const onDevice = mapTree(args, isArray, (leaf) => {
    if (isDeviceArray(leaf)) return leaf
    put.push(device.put({ leaf }).leaf as DeviceArray)
    return put.at(-1)!
  }) as unknown as Arguments<Args>
  return { args: onDevice, release: () => put.forEach((array) => array.isLive() && array[Symbol.dispose]()) }
}

/** Argument trees whose donated leaves are fresh copies, so that a run consumes nothing of the caller's. */
const copying = async <Args>(device: Device, plan: Plan, args: Arguments<Args>): Promise<() => Arguments<Args>> => {
  const donated = new Set(plan.inputs.filter(({ donated }) => donated).map(({ path }) => path))
  const hosts = new Map<string, HostArray>()
  for (const { path, leaf } of leavesOf(args, isDeviceArray).filter(({ path }) => donated.has(path)))
    hosts.set(path, (await device.read({ leaf })).leaf as HostArray)
  return () =>
    mapTree(args, isDeviceArray, (leaf, path) => {
      const host = hosts.get(path)
      return host === undefined ? leaf : (device.put({ host }).host as DeviceArray)
    }) as unknown as Arguments<Args>
}

const disposeResults = (results: unknown): void => {
  for (const { leaf } of leavesOf(results, isDeviceArray)) if (leaf.isLive()) leaf[Symbol.dispose]()
}

/** What each run is given, and what becomes of its results. */
interface Feed<Args, Result> {
  readonly give: () => Arguments<Args>
  readonly take: (results: Results<Result>) => void
}

const feedOf = async <Args, Result>(
  device: Device,
  plan: Plan,
  args: Arguments<Args>,
  next: ProfileOptions<Args, Result>["next"],
): Promise<Feed<Args, Result>> => {
  if (next === undefined) return { give: await copying(device, plan, args), take: disposeResults }
  let given = args
  return { give: () => given, take: (results) => void (given = next(results)) }
}

interface OrdinaryRun {
  readonly wall: number
  readonly submit: number
}

const ordinaryRun = async <Args, Result>(
  device: Device,
  compiled: Compiled<Args, Result>,
  { give, take }: Feed<Args, Result>,
): Promise<OrdinaryRun> => {
  const args = give()
  const begin = performance.now()
  const results = compiled(args)
  const submit = performance.now() - begin
  await device.finish()
  const wall = performance.now() - begin
  take(results)
  return { wall: wall / 1000, submit: submit / 1000 }
}

const timedRun = async <Args, Result>(compiled: Compiled<Args, Result>, { give, take }: Feed<Args, Result>) => {
  const { results, times } = compiled.timed(give())
  const measured = await times
  take(results)
  return measured
}

/**
 * Runs a compiled program several times, ordinary and timed runs in turn, and tells what each dispatch took: by timestamp
 * queries where the adapter has them, else by submitting each alone. Arguments, of the host or the device, are left as they are: donated
 * ones are copied, unless `next` says where they come from. The program's results of earlier runs are gone afterwards.
 */
export const profile = async <Args, Result>(
  device: Device,
  compiled: Compiled<Args, Result>,
  args: Arguments<Args>,
  { runs = 5, next }: ProfileOptions<Args, Result> = {},
): Promise<Profile> => {
  const ceilings = await device.ceilings()
  const { plan } = compiled
  const held = placed(device, args)
  const feed = await feedOf(device, plan, held.args, next)
  const ordinary: OrdinaryRun[] = []
  const timed: (readonly StepTime[])[] = []
  for (let run = 0; run <= runs; run++) {
    ordinary.push(await ordinaryRun(device, compiled, feed))
    timed.push(await timedRun(compiled, feed))
  }
  held.release()
  const steps = stepProfiles(plan, timed.slice(1))
  return {
    name: plan.name,
    adapter: adapterKey(device.info),
    method: device.info.features.includes("timestamp-query") ? "timestamps" : "submits",
    runs,
    ceilings,
    seconds: total(steps),
    wallSeconds: median(ordinary.slice(1).map(({ wall }) => wall)),
    submitSeconds: median(ordinary.slice(1).map(({ submit }) => submit)),
    peakBytes: plan.peakBytes,
    steps,
  }
}
