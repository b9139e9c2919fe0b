import { hostKey, hostUniform, mapTree, openDevice, sizeOf } from "@diva/tensor"
import type { Compiled, CompileProgress, Device, HostArray, Shape, Tensor } from "@diva/tensor"
import type { About, Prepared } from "./serve.ts"
import { median } from "./statistics.ts"

/** A program and the shapes of its f32 arguments. */
export interface Described {
  readonly shapes: Readonly<Record<string, Shape>>
  readonly program: (args: Readonly<Record<string, Tensor>>) => unknown
}

type Arrays = Readonly<Record<string, HostArray>>

const noise = (shape: Shape, seed: number): HostArray => {
  const key = hostKey(seed)
  return {
    shape,
    dtype: "f32",
    data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => hostUniform(key, i) - 0.5),
  }
}

const argumentsOf = ({ shapes }: Described): Arrays =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape], i) => [name, noise(shape, i)]))

interface Spent {
  readonly wall: number
  /** Milliseconds of the calls alone: encoding and submitting. */
  readonly submit: number
  /** Milliseconds of processor time that this thread took while it waited. */
  readonly waiting: number
}

const cpuMilliseconds = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

const runs = async (device: Device, once: () => void, repeats: number): Promise<Spent> => {
  const begin = performance.now()
  for (let i = 0; i < repeats; i++) once()
  const submit = performance.now() - begin
  const used = cpuMilliseconds()
  await device.finish()
  return { wall: performance.now() - begin, submit, waiting: cpuMilliseconds() - used }
}

const madeBy = (device: Device): number => Object.values(device.created()).reduce((sum, count) => sum + count, 0)

interface Turn extends Spent {
  readonly repeats: number
  readonly created: number
}

type Plan = Compiled<never, unknown>["plan"]

// The first run makes spare buffers for what is fed back; it is warm from the second on.
const factsOf = ({ steps, peakBytes }: Plan, turns: readonly Turn[]): Readonly<Record<string, number>> => {
  const warm = turns.length > 2 ? turns.slice(2) : turns
  const last = turns.slice(-Math.ceil(warm.length / 2))
  return {
    dispatches: steps.length,
    peakBytes,
    microsecondsPerDispatch: median(last.map(({ submit, repeats }) => (submit * 1000) / repeats / steps.length)),
    shareOfCoreWhileWaiting: median(warm.map(({ waiting, wall, submit }) => waiting / Math.max(wall - submit, 1e-6))),
    createdWhileWarm: warm.reduce((sum, { created }) => sum + created, 0),
  }
}

/** Anything compiled, ready to be run again and again by `once`. */
export const preparedRuns = (
  device: Device,
  plan: () => Plan | undefined,
  once: () => void,
): Pick<Prepared, "run" | "facts"> => {
  const turns: Turn[] = []
  return {
    run: async (repeats) => {
      const before = madeBy(device)
      const spent = await runs(device, once, repeats)
      turns.push({ ...spent, repeats, created: madeBy(device) - before })
      return spent.wall
    },
    facts: () => {
      const planned = plan()
      return planned === undefined ? {} : factsOf(planned, turns)
    },
  }
}

/** Makes a program ready to be measured: seeded noise on the device, compiled when asked. */
export const onDevice = (device: Device, described: Described): Prepared => {
  const host = argumentsOf(described)
  const given = device.put(host)
  let compiled: Compiled<Readonly<Record<string, Tensor>>, unknown> | undefined
  return {
    compile: async () => {
      const specs = mapTree(host, isArray, ({ shape, dtype }) => ({ shape, dtype }))
      compiled = await device.compile(described.program, specs as never)
    },
    ...preparedRuns(
      device,
      () => compiled?.plan,
      () => void compiled?.(given as never),
    ),
    dispose: () => {
      compiled?.dispose()
      for (const array of Object.values(given)) array[Symbol.dispose]()
    },
  }
}

const isArray = (value: unknown): value is HostArray => typeof value === "object" && value !== null && "data" in value

/** Seconds between two lines about compiling. */
const secondsBetween = 15

/** Says on standard error, now and then, how many kernels are compiled: the first minutes of a benchmark are that. */
const compilingTold = (): ((progress: CompileProgress) => void) => {
  let last = performance.now()
  return ({ done, total, busy }) => {
    if (!busy || done >= total || performance.now() - last < 1000 * secondsBetween) return
    last = performance.now()
    process.stderr.write(`compiling kernel ${done + 1} of ${total}\n`)
  }
}

/** Opens the adapter for a benchmark, and tells what it is. */
export const openForBench = async (): Promise<{ readonly device: Device; readonly about: () => Promise<About> }> => {
  const device = await openDevice({ onCompiling: compilingTold() })
  const about = async (): Promise<About> => {
    const { vendor, architecture, description } = device.info
    const { flopsPerSecond, bytesPerSecond } = await device.ceilings()
    return {
      device: [vendor, architecture, description].filter((part) => part !== "").join(" "),
      wgslFma: flopsPerSecond,
      wgslCopy: bytesPerSecond,
    }
  }
  return { device, about }
}
