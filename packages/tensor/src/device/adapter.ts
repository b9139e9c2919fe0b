import { adapterKey } from "../adapter/adapterKey.ts"
import { isSoftwareName, type AdapterFacts, type MatrixNumber, type MatrixShape } from "../adapter/adapterFacts.ts"
import { featureSources, togglesOf, wantedFeatures, type FeatureName } from "./features.ts"
import { adapterFrom, entryWith, implementation, isNode, unavailable } from "./instance.ts"
import { selfTestsInMemory, type SelfTestMemory } from "./selfTest/memory.ts"
import type { Examined, SelfTestResult } from "./selfTest/selfTest.ts"
import { selfTest, selfTests } from "./selfTest/trust.ts"

export interface AdapterOptions {
  readonly powerPreference?: GPUPowerPreference
  readonly giveWay?: boolean
  /** Features to do without: how a program would run on an adapter that lacks them. */
  readonly without?: readonly string[]
  /** Where results of self-tests are kept. */
  readonly selfTests?: SelfTestMemory
}

export interface Acquired {
  readonly gpu: GPUDevice
  readonly facts: AdapterFacts
  readonly selfTests: readonly SelfTestResult[]
}

const limitsOf = (limits: GPUSupportedLimits): Record<string, number> => {
  const found: Record<string, number> = {}
  for (const name in limits) {
    const value = (limits as unknown as Record<string, unknown>)[name]
    if (typeof value === "number") found[name] = value
  }
  return found
}

/** Limits that a device is opened with at the adapter's own values. */
export const raisedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
  "maxTextureDimension2D",
  "maxStorageTexturesPerShaderStage",
]

interface ListedMatrix {
  readonly componentType: string
  readonly resultComponentType: string
  readonly M: number
  readonly N: number
  readonly K: number
}

/** What an adapter says of itself beyond the standard's types. */
type AdapterInfo = GPUAdapterInfo & { readonly subgroupMatrixConfigs?: Iterable<ListedMatrix> }

const isMatrixNumber = (name: string): name is MatrixNumber => name === "f16" || name === "f32"

const matrixShapesOf = ({ subgroupMatrixConfigs = [] }: AdapterInfo): readonly MatrixShape[] =>
  [...subgroupMatrixConfigs].flatMap(({ componentType: operands, resultComponentType: sums, M, N, K }) =>
    isMatrixNumber(operands) && isMatrixNumber(sums)
      ? [{ m: Number(M), n: Number(N), k: Number(K), operands, sums }]
      : [],
  )

const subgroupsOf = ({ subgroupMinSize, subgroupMaxSize }: AdapterInfo): AdapterFacts["subgroups"] =>
  subgroupMinSize === undefined || subgroupMaxSize === undefined || subgroupMinSize === 0
    ? null
    : { smallest: subgroupMinSize, largest: subgroupMaxSize }

const namesOf = ({ vendor, architecture, device, description }: GPUAdapterInfo) => ({
  vendor,
  architecture,
  device,
  description,
})

const isSoftware = ({ vendor, architecture, description }: GPUAdapterInfo): boolean =>
  isSoftwareName(`${vendor} ${architecture} ${description}`)

const asWebgpu = (features: readonly FeatureName[]): GPUFeatureName[] =>
  features.flatMap((feature) => (featureSources[feature].webgpu ?? []) as GPUFeatureName | [])

/**
 * Dawn polls while it waits and so takes a core from a software adapter's own workers. Those threads exist once the
 * device does and keep their priority; lowering this thread's afterwards gives them the cores while it only waits.
 */
const giveWayToWorkers = async (facts: AdapterFacts): Promise<void> => {
  if (!facts.isSoftware || !isNode()) return
  const { setPriority, getPriority } = await import("node:os")
  try {
    if (getPriority() < 19) setPriority(0, 19)
  } catch {
    // Some sandboxes forbid it; then waiting costs more.
  }
}

const openGpu = async (adapter: GPUAdapter, features: readonly FeatureName[]): Promise<GPUDevice> => {
  const available = limitsOf(adapter.limits)
  const requiredLimits = Object.fromEntries(
    raisedLimits.flatMap((name) => (available[name] === undefined ? [] : [[name, available[name]]])),
  )
  return adapter.requestDevice({ requiredLimits, requiredFeatures: asWebgpu(features) }).catch((error: unknown) => {
    throw unavailable(
      `the adapter gives no device: ${error instanceof Error ? error.message : String(error)}`,
      "close other programs that use the GPU, or restart the driver",
    )
  })
}

/** Features that are wanted and that the adapter, with Dawn's switches for them on, offers. */
const offeredBy = (adapter: GPUAdapter, wanted: readonly FeatureName[]): readonly FeatureName[] =>
  wanted.filter((feature) => {
    const { webgpu } = featureSources[feature]
    // Only Dawn under Node can leave index clamping out.
    return webgpu === undefined ? isNode() : adapter.features.has(webgpu)
  })

const examine = async (features: readonly FeatureName[], request: GPURequestAdapterOptions): Promise<Examined> => {
  const { adapter } = await found(features, request)
  const gpu = await openGpu(adapter, features)
  return { gpu, subgroups: subgroupsOf(adapter.info), matrixShapes: matrixShapesOf(adapter.info) }
}

const defaultMemory = async (): Promise<SelfTestMemory> =>
  isNode() ? (await import("./selfTest/file.ts")).selfTestsInFile() : pageMemory

const pageMemory = selfTestsInMemory()

const environment = (): string => (isNode() ? (process.env["DIVA_FEATURES"] ?? "") : "")

interface Found {
  readonly api: GPU
  readonly adapter: GPUAdapter
  /** The features whose switches are on. */
  readonly features: readonly FeatureName[]
}

const found = async (features: readonly FeatureName[], request: GPURequestAdapterOptions): Promise<Found> => {
  const api = await entryWith(togglesOf(features))
  return { api, adapter: await adapterFrom(api, request), features }
}

/** An adapter on which all that is wanted of its kind is switched on. */
const findWilling = async (wanted: readonly FeatureName[], request: GPURequestAdapterOptions): Promise<Found> => {
  const willing = await found(wanted, request)
  const asked = wanted.filter((feature) => featureSources[feature].onlyHardware !== true)
  return isSoftware(willing.adapter.info) && asked.length < wanted.length ? found(asked, request) : willing
}

const testOffered = async (
  { adapter, features }: Found,
  request: GPURequestAdapterOptions,
  memory: SelfTestMemory,
): Promise<{ readonly features: readonly FeatureName[]; readonly results: readonly SelfTestResult[] }> => {
  const offered = offeredBy(adapter, features)
  const key = `${adapterKey(namesOf(adapter.info))} · ${await implementation()}`
  const results = await selfTest({ key, offered, open: (tested) => examine(tested, request) }, memory)
  const isUsed = (feature: FeatureName): boolean =>
    selfTests[feature] === undefined || results.some((result) => result.feature === feature && result.passed)
  return { features: offered.filter(isUsed), results }
}

const factsOf = (
  { api, adapter: { info }, features }: Found,
  device: GPUDevice,
  results: readonly SelfTestResult[],
): AdapterFacts => ({
  ...namesOf(info),
  isSoftware: isSoftware(info),
  features: [...device.features].toSorted(),
  limits: limitsOf(device.limits),
  subgroups: features.includes("subgroups") ? subgroupsOf(info) : null,
  matrixUnits: features.includes("subgroup-matrix")
    ? (results.find(({ feature }) => feature === "subgroup-matrix")?.matrixUnits ?? null)
    : null,
  readableTextures: api.wgslLanguageFeatures.has("readonly_and_readwrite_storage_textures"),
  clampsIndices: !features.includes("unclamped-indices"),
})

/** Finds an adapter and opens its device with all limits, and with the features that are wanted, offered and right. */
export const acquireAdapter = async ({
  powerPreference,
  giveWay = true,
  without = [],
  selfTests: memory,
}: AdapterOptions): Promise<Acquired> => {
  const request = powerPreference === undefined ? {} : { powerPreference }
  const willing = await findWilling(wantedFeatures(without, environment()), request)
  const { features, results } = await testOffered(willing, request, memory ?? (await defaultMemory()))
  const isSame = togglesOf(features).join() === togglesOf(willing.features).join()
  const used = isSame ? { ...willing, features } : await found(features, request)
  const gpu = await openGpu(used.adapter, features)
  const facts = factsOf(used, gpu, results)
  if (giveWay) await giveWayToWorkers(facts)
  return { gpu, facts, selfTests: results }
}
