import {
  Float16,
  like,
  mapTree,
  openDevice as open,
  type Arguments,
  type Compiled,
  type Device,
  type HostArray,
  type JitArguments,
  type Jitted,
  type JitOptions,
  type OpenOptions,
} from "@diva/tensor"

/** A program that was compiled in the page. */
export interface Watched {
  readonly device: Device
  readonly compiled: Compiled<unknown, unknown>
  /** Arguments to profile it with, once it has run: zeros of the shapes of the last. Those themselves may have been donated. */
  readonly likeLast: () => Arguments<unknown> | undefined
}

let watched: Watched[] = []
let opened: Device[] = []

/** What was compiled since the last call of `forget`. */
export const compiledPrograms = (): readonly Watched[] => watched

/** Forgets what was compiled, and closes devices that a program left open. */
export const forget = async (): Promise<void> => {
  const left = opened
  ;[watched, opened] = [[], []]
  await Promise.all(left.map((device) => device.close()))
}

const isArray = (value: unknown): value is HostArray =>
  typeof value === "object" && value !== null && "shape" in value && "dtype" in value

const widths: Readonly<Record<HostArray["dtype"], number>> = { f32: 4, f16: 2, i32: 4, u32: 4, bool: 4 }

const zerosLike = ({ shape, dtype }: HostArray): HostArray => {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const arrays = { f32: Float32Array, f16: Float16, i32: Int32Array, u32: Uint32Array, bool: Uint32Array } as const
  return { shape, dtype, data: new arrays[dtype](new ArrayBuffer(size * widths[dtype])) }
}

const watch = (device: Device, compiled: Compiled<unknown, unknown>): Compiled<unknown, unknown> => {
  let last: Arguments<unknown> | undefined
  const remembering = (args: Arguments<unknown>) => compiled((last = args))
  const likeLast = () => last && (device.put(mapTree(last, isArray, zerosLike)) as Arguments<unknown>)
  watched.push({ device, compiled, likeLast })
  return Object.assign(remembering, compiled, {
    dispose: () => compiled.dispose(),
    [Symbol.dispose]: () => compiled[Symbol.dispose](),
  }) as Compiled<unknown, unknown>
}

/** A jitted program whose compilations the page sees: each with what it was last called with. */
const watchJit = <Args extends readonly unknown[], Result>(
  device: Device,
  program: (...args: Args) => Result,
  options?: JitOptions,
): Jitted<Args, Result> => {
  const jitted = device.jit(program, options)
  const seen = new Map<Compiled<unknown, unknown>, Arguments<unknown>>()
  const call = async (...args: JitArguments<Args>) => {
    const specs: unknown = like(args.length === 1 ? args[0] : args)
    const compiled = await jitted.compiled(...(args.length === 1 ? [specs] : (specs as readonly unknown[])))
    if (!seen.has(compiled))
      watched.push({
        device,
        compiled,
        likeLast: () => device.put(mapTree(seen.get(compiled), isArray, zerosLike)) as Arguments<unknown>,
      })
    seen.set(compiled, specs as Arguments<unknown>)
    return jitted(...args)
  }
  return Object.assign(call, jitted, { [Symbol.dispose]: () => jitted[Symbol.dispose]() })
}

/**
 * `openDevice` of the library, whose device shows the page what it compiles. It stays open after the program has ended, so that the
 * page can profile what ran; the next run closes it.
 */
export const openDevice = async (options?: OpenOptions): Promise<Device> => {
  const device = await open(options)
  opened.push(device)
  const compile = async (...given: Parameters<Device["compile"]>) =>
    watch(device, (await device.compile(...given)) as Compiled<unknown, unknown>)
  const jit: Device["jit"] = (program, jitOptions) => watchJit(device, program, jitOptions)
  const stayOpen = () => Promise.resolve()
  return { ...device, compile: compile as Device["compile"], jit, close: stayOpen, [Symbol.asyncDispose]: stayOpen }
}
