import { tensorError } from "../error.ts"

/** The error of a machine on which no device can be opened. */
export const unavailable = (rule: string, remedy: string): Error =>
  tensorError({ _tag: "DeviceUnavailable", op: "openDevice", rule, remedy })

export const isNode = (): boolean => typeof process === "object" && process.versions?.node !== undefined

// Mesa complains on the terminal when this variable is unset; any folder of the user's will do.
const quietDriver = (): void => {
  process.env["XDG_RUNTIME_DIR"] ??= process.env["TMPDIR"] ?? "/tmp"
}

// Instances serve all devices and live as long as the process: Dawn still looks at one for a turn or two after its last
// device is gone, and crashes if it has been collected by then. They do not keep Node from ending.
const instances = new Map<string, GPU>()

// Times rounded to a tenth of a millisecond hide short kernels; the rounding protects pages from pages, not programs.
const standingFlags = ["disable-dawn-features=timestamp_quantization"]

const flagsFor = (toggles: readonly string[]): readonly string[] =>
  toggles.length === 0 ? standingFlags : [...standingFlags, `enable-dawn-features=${toggles.join()}`]

const nodeEntry = async (toggles: readonly string[]): Promise<GPU> => {
  quietDriver()
  try {
    const { create, globals } = await import("webgpu")
    Object.assign(globalThis, globals)
    const flags = flagsFor(toggles)
    const key = flags.join()
    const instance = instances.get(key) ?? (create([...flags]) as unknown as GPU)
    instances.set(key, instance)
    return instance
  } catch (error) {
    throw unavailable(
      `the npm package webgpu does not load: ${error instanceof Error ? error.message : String(error)}`,
      "npm install webgpu; it ships binaries for Linux, macOS and Windows",
    )
  }
}

const browserEntry = (): GPU => {
  const api = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu
  if (api === undefined)
    throw unavailable(
      "this browser has no WebGPU",
      "use a current Chrome, Edge, Firefox or Safari, over https or on localhost",
    )
  return api
}

/** Where adapters come from: Dawn under Node, with some of its switches on; the browser's own entry elsewhere. */
export const entryWith = async (toggles: readonly string[]): Promise<GPU> =>
  isNode() ? nodeEntry(toggles) : browserEntry()

/** Which implementation of WebGPU answers, with its version: part of what a self-test was taken on. */
export const implementation = async (): Promise<string> => {
  if (!isNode()) return (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent ?? "browser"
  const { default: described } = await import("webgpu/package.json", { with: { type: "json" } })
  return `webgpu ${described.version}`
}

/** An adapter of the entry, or `DeviceUnavailable`. */
export const adapterFrom = async (api: GPU, options: GPURequestAdapterOptions): Promise<GPUAdapter> => {
  const adapter = await api.requestAdapter(options)
  if (adapter !== null) return adapter
  throw unavailable(
    "no WebGPU adapter was found",
    "install a Vulkan driver (on Debian and Ubuntu mesa-vulkan-drivers 23 or newer runs on any CPU); `npm test` and `npm start` do so where they may",
  )
}
