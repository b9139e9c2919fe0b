import { isDeviceArray, type DeviceArray } from "../device/arrays/array.ts"
import type { Compiled } from "../device/programs/compile.ts"
import type { Device } from "../device/open.ts"
import { isTensorError } from "../error.ts"
import { hostZeros, type HostData } from "../dtype/dtype.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { HostArray } from "../host/array.ts"
import { sizeOf, type Spec } from "../shape/shape.ts"
import { leavesOf } from "../graph/tree.ts"
import type { TuningProblem } from "./collect.ts"
import { decisionKey, type Choice, type Decision } from "../kernels/way/choice.ts"
import { isLoss, type Contender, type Loss, type Measurer } from "./search.ts"

type Args = Readonly<Record<string, Tensor>>

/** Opens an adapter: tuning opens another when a candidate has taken the first one down. */
export type Opener = () => Promise<Device>

export interface MeasureOptions {
  /** Seconds a candidate has for compiling and its first run, and for any later run. */
  readonly patience: number
  /** Largest memory of a problem, predicted by its plan. */
  readonly bytes: number
}

export const defaultMeasureOptions: MeasureOptions = { patience: 30, bytes: 3 * 2 ** 30 }

const loss = (outcome: Loss["outcome"], reason: string): Loss => ({ _tag: "Loss", outcome, reason })

/** `work`, or a loss if it does not answer within `seconds`. Nobody waits for it any longer then. */
export const within = async <A>(seconds: number, work: () => Promise<A>): Promise<A | Loss> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Loss>((resolve) => {
    timer = setTimeout(() => resolve(loss("timeout", `no answer within ${seconds} s`)), seconds * 1000)
  })
  try {
    return await Promise.race([work(), late])
  } catch (error) {
    if (isTensorError(error)) return loss("invalid", `${error._tag}: ${error.rule}`)
    return loss("invalid", error instanceof Error ? error.message : String(error))
  } finally {
    clearTimeout(timer)
  }
}

/** Numbers without a pattern in −1 … 1, small ones for integers, the same for every candidate. */
export const sampleData = ({ shape, dtype }: Spec, seed: number): HostData => {
  const data = hostZeros(dtype, sizeOf(shape))
  let state = (seed + 1) * 2654435761
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    data[i] = dtype === "f32" || dtype === "f16" ? state / 2 ** 31 - 1 : dtype === "bool" ? state >>> 31 : state >>> 29
  }
  return data
}

/** max |got − want| / max |want| over finite numbers; infinite where only one of the two is finite. */
export const relativeDifference = (got: HostData, want: HostData): number => {
  let apart = 0
  let largest = 0
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i]!, want[i]!]
    if (Number.isFinite(a) !== Number.isFinite(b)) return Infinity
    if (!Number.isFinite(b)) continue
    apart = Math.max(apart, Math.abs(a - b))
    largest = Math.max(largest, Math.abs(b))
  }
  return largest === 0 ? apart : apart / largest
}

interface DeviceContender extends Contender {
  readonly results: readonly HostArray[]
}

// A forced choice for one problem; every other decision is the untuned one.
const forcing =
  (key: string, choice: Choice, taken: { asked: boolean }) =>
  (decision: Decision): Choice => {
    if (decisionKey(decision) !== key) return decision.candidates[0]
    taken.asked = true
    return choice
  }

const runOnce = async (
  device: Device,
  compiled: Compiled<Args, Args>,
  given: Readonly<Record<string, DeviceArray>>,
) => {
  const results = await device.read(compiled(given as never))
  return leavesOf(
    results,
    (value): value is HostArray => typeof value === "object" && value !== null && "data" in value,
  ).map(({ leaf }) => leaf)
}

const secondsOf = async (
  compiled: Compiled<Args, Args>,
  given: Readonly<Record<string, DeviceArray>>,
): Promise<number> => {
  const times = await compiled.timed(given as never).times
  return times.reduce((sum, { staging, compute }) => sum + staging + compute, 0)
}

/** One adapter at a time. `close`, or `await using`, lets go of it. */
export interface DeviceMeasurer extends Measurer, AsyncDisposable {
  readonly close: () => Promise<void>
}

interface Given {
  readonly device: Device
  readonly key: string
  readonly arrays: Readonly<Record<string, DeviceArray>>
}

const disposeGiven = (given: Given | null): void => {
  for (const { leaf } of leavesOf(given?.arrays ?? {}, isDeviceArray)) leaf[Symbol.dispose]()
}

/** An adapter that is opened when it is needed, and the arguments of the problem that was measured last. */
interface HeldDevice {
  readonly opened: () => Promise<Device>
  readonly argumentsFor: (on: Device, problem: TuningProblem) => Given["arrays"]
  /** Lets go of one that does not answer any more. */
  readonly abandonUnwell: () => Promise<void>
  readonly close: () => Promise<void>
}

const holdDevice = (open: Opener): HeldDevice => {
  let device: Device | null = null
  let given: Given | null = null

  // A device that reported a failure reports it for ever, and one that is stuck is not waited for.
  const abandon = (): void => {
    void device?.close().catch(() => {})
    device = null
    given = null
  }

  return {
    opened: async () => (device ??= await open()),
    argumentsFor: (on, problem) => {
      if (given !== null && given.key === problem.key && given.device === on) return given.arrays
      disposeGiven(given)
      const hosts = Object.entries(problem.specs).map(([name, spec], i): readonly [string, HostArray] => [
        name,
        { ...spec, data: sampleData(spec, i) },
      ])
      given = { device: on, key: problem.key, arrays: on.put(Object.fromEntries(hosts)) as Given["arrays"] }
      return given.arrays
    },
    abandonUnwell: async () => {
      if (!(await isWell(device))) abandon()
    },
    close: async () => {
      await device?.close()
      device = null
    },
  }
}

const contenderOf = (
  compiled: Compiled<Args, Args>,
  arrays: Given["arrays"],
  results: readonly HostArray[],
): DeviceContender => ({
  results,
  run: () => secondsOf(compiled, arrays),
  differsFrom: (reference) =>
    Math.max(
      0,
      ...results.map((result, i) => relativeDifference(result.data, (reference as DeviceContender).results[i]!.data)),
    ),
  dispose: () => compiled.dispose(),
})

/** Compiles a candidate and runs it once, unless the problem takes more than `bytes`. */
const prepareOn = async (
  held: HeldDevice,
  problem: TuningProblem,
  choice: Choice,
  bytes: number,
): Promise<DeviceContender | Loss> => {
  const on = await held.opened()
  const taken = { asked: false }
  const choose = forcing(problem.key, choice, taken)
  const precision = problem.precision === undefined ? {} : { precision: problem.precision }
  const options = { name: problem.key, choose, frozen: problem.frozen ?? [], ...precision }
  const { peakBytes } = on.planOf(problem.describe, problem.specs as never, options)
  if (!taken.asked) return loss("invalid", "on its own the group takes other decisions")
  if (peakBytes > bytes) return loss("invalid", `needs ${peakBytes} bytes; ${bytes} are allowed`)
  const compiled = await on.compile<Args, Args>(problem.describe, problem.specs as never, options)
  const arrays = held.argumentsFor(on, problem)
  return contenderOf(compiled, arrays, await runOnce(on, compiled, arrays))
}

/** Measures candidates on an adapter by timestamps; one that fails or does not answer costs the device, not what was measured. */
export const deviceMeasurer = (
  open: Opener,
  { patience, bytes }: MeasureOptions = defaultMeasureOptions,
): DeviceMeasurer => {
  const held = holdDevice(open)
  const bounded = async <A>(work: () => Promise<A | Loss>): Promise<A | Loss> => {
    const answer = await within(patience, work)
    if (isLoss(answer)) await held.abandonUnwell()
    return answer
  }
  return {
    now: () => performance.now() / 1000,
    prepare: (problem, choice) => bounded(() => prepareOn(held, problem, choice, bytes)),
    time: (contender) => bounded(() => contender.run()),
    close: held.close,
    [Symbol.asyncDispose]: held.close,
  }
}

/** Whether a device still answers, and soon. */
const isWell = async (device: Device | null): Promise<boolean> => {
  if (device === null) return true
  return !isLoss(await within(2, async () => void (await device.finish())))
}
