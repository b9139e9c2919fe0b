// Gives libraries written for browsers this machine's adapter, as `navigator.gpu`.
import { create, globals } from "webgpu"

/** What went wrong on a device and nobody caught: libraries go on as if their results were right. */
const errors = []

/** Watches the devices that a library makes of an adapter. */
const watched = (adapter) => {
  const request = adapter.requestDevice.bind(adapter)
  adapter.requestDevice = async (descriptor) => {
    const device = await request(descriptor)
    device.addEventListener("uncapturederror", ({ error }) => errors.push(error.message))
    return device
  }
  return adapter
}

/** Puts Dawn where a browser has WebGPU. Libraries ask for their own limits. */
export const provideWebGpu = () => {
  process.env["XDG_RUNTIME_DIR"] ??= process.env["TMPDIR"] ?? "/tmp"
  Object.assign(globalThis, globals)
  const gpu = create([])
  const request = gpu.requestAdapter.bind(gpu)
  gpu.requestAdapter = async (options) => {
    const adapter = await request(options)
    return adapter === null ? null : watched(adapter)
  }
  const navigator = { gpu, userAgent: "node", hardwareConcurrency: 2 }
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true })
}

const throwUncaught = () => {
  const [first] = errors.splice(0)
  if (first !== undefined) throw new Error(first)
}

/**
 * Waits as this library does on a software adapter: Dawn's polling takes a core from the adapter's workers, sleeping
 * between polls gives it back. Without it every WebGPU peer would be a third slower than it need be. Throws what the
 * device complained about meanwhile.
 * @template A
 * @param {() => A | Promise<A>} begin
 * @returns {Promise<A>}
 */
export const resting = async (begin) => {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let done = false
  let turn = 0
  const rest = () => {
    if (done) return
    turn += 1
    if (turn > 4) Atomics.wait(cell, 0, 0, turn < 40 ? 0.1 : 0.5)
    setImmediate(rest)
  }
  setImmediate(rest)
  try {
    const result = await begin()
    throwUncaught()
    return result
  } finally {
    done = true
  }
}
