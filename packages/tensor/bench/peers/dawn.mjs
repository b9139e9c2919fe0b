// Gives libraries written for browsers this machine's adapter, as `navigator.gpu`.
import { create, globals } from "webgpu"

/** Puts Dawn where a browser has WebGPU. Libraries ask for their own limits. */
export const provideWebGpu = () => {
  process.env["XDG_RUNTIME_DIR"] ??= process.env["TMPDIR"] ?? "/tmp"
  Object.assign(globalThis, globals)
  const navigator = { gpu: create([]), userAgent: "node", hardwareConcurrency: 2 }
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true })
}

/**
 * Waits as this library does on a software adapter: Dawn's polling takes a core from the adapter's workers, sleeping
 * between polls gives it back. Without it every WebGPU peer would be a third slower than it need be.
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
    return await begin()
  } finally {
    done = true
  }
}
