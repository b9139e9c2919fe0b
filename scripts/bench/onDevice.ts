import { hostKey, hostUniform, mapTree, openDevice, sizeOf } from "@diva/tensor"
import type { Compiled, Device, HostArray, Shape, Tensor } from "@diva/tensor"
import type { About, Prepared } from "./serve.ts"

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

/** Anything compiled, ready to be run again and again by `once`. */
export const preparedRuns = (
  device: Device,
  plan: () => Compiled<never, unknown>["plan"] | undefined,
  once: () => void,
): Pick<Prepared, "run" | "facts"> => {
  let facts: Readonly<Record<string, number>> = {}
  return {
    run: async (repeats) => {
      const before = madeBy(device)
      const { wall, submit, waiting } = await runs(device, once, repeats)
      const dispatches = plan()?.steps.length ?? 0
      facts = {
        dispatches,
        microsecondsPerDispatch: (submit * 1000) / repeats / dispatches,
        shareOfCoreWhileWaiting: waiting / Math.max(wall - submit, 1e-6),
        createdWhileWarm: madeBy(device) - before,
        peakBytes: plan()?.peakBytes ?? 0,
      }
      return wall
    },
    facts: () => facts,
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

/** Opens the adapter for a benchmark, and tells what it is. */
export const openForBench = async (): Promise<{ readonly device: Device; readonly about: () => Promise<About> }> => {
  const device = await openDevice()
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
