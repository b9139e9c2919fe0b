import { tensorError } from "../error.ts"
import type { DeviceInfo } from "./state.ts"

export interface AdapterOptions {
  readonly powerPreference?: GPUPowerPreference
  readonly giveWay?: boolean
  /** Features to do without: how a program would run on an adapter that lacks them. */
  readonly without?: readonly GPUFeatureName[]
}

export interface Acquired {
  readonly gpu: GPUDevice
  readonly info: DeviceInfo
  /** Size of a subgroup when the adapter has one size only; 0 otherwise. */
  readonly fixedSubgroup: number
  /** Whether shaders may read storage textures. */
  readonly readableTextures: boolean
}

const wantedFeatures: readonly GPUFeatureName[] = ["subgroups", "shader-f16", "timestamp-query"]

const unavailable = (rule: string, remedy: string): Error =>
  tensorError({ _tag: "DeviceUnavailable", op: "openDevice", rule, remedy })

const isNode = (): boolean => typeof process === "object" && process.versions?.node !== undefined

// Mesa complains on the terminal when this variable is unset; any folder of the user's will do.
const quietDriver = (): void => {
  process.env["XDG_RUNTIME_DIR"] ??= process.env["TMPDIR"] ?? "/tmp"
}

// Instances serve all devices and live as long as the process: Dawn still looks at one for a turn or two after its last
// device is gone, and crashes if it has been collected by then. They do not keep Node from ending.
const instances = new Map<string, GPU>()

// Times rounded to a tenth of a millisecond hide short kernels; the rounding protects pages from pages, not programs.
const nodeFlags = ["disable-dawn-features=timestamp_quantization"]

// Dawn clamps every index of a shader. This driver checks every access by itself (and discards or zeroes those outside),
// so that clamping only costs: 5 to 10 % of a contraction. Elsewhere it stays.
const unclampedFlags = [...nodeFlags, "enable-dawn-features=disable_robustness"]
const checksAccesses = ({ description }: GPUAdapterInfo): boolean => /llvmpipe/i.test(description)

const nodeEntry = async (flags: readonly string[]): Promise<GPU> => {
  quietDriver()
  try {
    const { create, globals } = await import("webgpu")
    Object.assign(globalThis, globals)
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

const limitsOf = (limits: GPUSupportedLimits): Record<string, number> => {
  const found: Record<string, number> = {}
  for (const name in limits) {
    const value = (limits as unknown as Record<string, unknown>)[name]
    if (typeof value === "number") found[name] = value
  }
  return found
}

const raisedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
  "maxTextureDimension2D",
  "maxStorageTexturesPerShaderStage",
]

const describe = (adapter: GPUAdapter, device: GPUDevice): DeviceInfo => {
  const { vendor, architecture, description } = adapter.info
  return {
    vendor,
    architecture,
    description,
    isSoftware: /llvmpipe|lavapipe|swiftshader|basic render/i.test(`${vendor} ${architecture} ${description}`),
    features: [...device.features].toSorted(),
    limits: limitsOf(device.limits),
  }
}

/**
 * Dawn polls while it waits and so takes a core from a software adapter's own workers. Those threads exist once the
 * device does and keep their priority; lowering this thread's afterwards gives them the cores while it only waits.
 */
const giveWayToWorkers = async (info: DeviceInfo): Promise<void> => {
  if (!info.isSoftware || !isNode()) return
  const { setPriority, getPriority } = await import("node:os")
  try {
    if (getPriority() < 19) setPriority(0, 19)
  } catch {
    // Some sandboxes forbid it; then waiting costs more.
  }
}

const requestAdapter = async (api: GPU, options: GPURequestAdapterOptions): Promise<GPUAdapter> => {
  const adapter = await api.requestAdapter(options)
  if (adapter !== null) return adapter
  throw unavailable(
    "no WebGPU adapter was found",
    "install a Vulkan driver (on Debian and Ubuntu mesa-vulkan-drivers 23 or newer runs on any CPU); `npm test` and `npm start` do so where they may",
  )
}

const findAdapter = async (options: GPURequestAdapterOptions): Promise<{ api: GPU; adapter: GPUAdapter }> => {
  const api = isNode() ? await nodeEntry(nodeFlags) : browserEntry()
  const adapter = await requestAdapter(api, options)
  if (!isNode() || !checksAccesses(adapter.info)) return { api, adapter }
  const unclamped = await nodeEntry(unclampedFlags)
  return { api: unclamped, adapter: await requestAdapter(unclamped, options) }
}

/** Finds an adapter and opens its device with all limits and the features that kernels can use. */
export const acquireAdapter = async ({
  powerPreference,
  giveWay = true,
  without = [],
}: AdapterOptions): Promise<Acquired> => {
  const { api, adapter } = await findAdapter(powerPreference === undefined ? {} : { powerPreference })
  const available = limitsOf(adapter.limits)
  const requiredLimits = Object.fromEntries(
    raisedLimits.flatMap((name) => (available[name] === undefined ? [] : [[name, available[name]]])),
  )
  const requiredFeatures = wantedFeatures.filter(
    (feature) => adapter.features.has(feature) && !without.includes(feature),
  )
  const gpu = await adapter.requestDevice({ requiredLimits, requiredFeatures }).catch((error: unknown) => {
    throw unavailable(
      `the adapter gives no device: ${error instanceof Error ? error.message : String(error)}`,
      "close other programs that use the GPU, or restart the driver",
    )
  })
  const info = describe(adapter, gpu)
  if (giveWay) await giveWayToWorkers(info)
  const { subgroupMinSize, subgroupMaxSize } = adapter.info as { subgroupMinSize?: number; subgroupMaxSize?: number }
  const subgroups = gpu.features.has("subgroups") && subgroupMinSize === subgroupMaxSize
  return {
    gpu,
    info,
    fixedSubgroup: subgroups ? (subgroupMinSize ?? 0) : 0,
    readableTextures: api.wgslLanguageFeatures.has("readonly_and_readwrite_storage_textures"),
  }
}
