import { fixedSubgroup, limitOf, type AdapterFacts, type MatrixUnits } from "./adapterFacts.ts"

/**
 * What kernels may count on: an adapter's limits and features in the words of planning. What is fast on it is no fact but a figure
 * of its cost model. Written out by hand, they plan a program for an adapter that is not there.
 */
export interface KernelFacts {
  readonly storageBuffers: number
  readonly bindingBytes: number
  readonly workgroupsPerAxis: number
  /** Size of a subgroup when it is fixed and the feature is there; 0 otherwise. */
  readonly subgroupSize: number
  /** Largest width and height of a texture that kernels may read as storage; 0 where they may not. */
  readonly textureExtent: number
  /** Whether a processor emulates the adapter. Default: no. */
  readonly isSoftware?: boolean
  /** Bytes of workgroup memory. Default: 0, kernels that need some are not considered. */
  readonly workgroupMemory?: number
  /** Invocations that a workgroup may have. Default: 256, which every adapter offers. */
  readonly invocations?: number
  /** Sizes of the smallest and of the largest subgroup. Default: subgroups only where their size is fixed. */
  readonly subgroups?: AdapterFacts["subgroups"]
  /** Whether shaders may compute in f16. Default: no. */
  readonly f16?: boolean
  /** What its matrix units multiply, and how shaders write that. Default: none. */
  readonly matrixUnits?: MatrixUnits | null
  /** Whether kernels of matrix units are to be written without them, element by element: for tests of such kernels on adapters that have none. */
  readonly writesMatricesOut?: boolean
  /** Whether its compiler wants loops as loops: software adapters' takes seconds for what is written out. Default: no. */
  readonly rollsLoops?: boolean
}

export const workgroupMemoryOf = ({ workgroupMemory = 0 }: KernelFacts): number => workgroupMemory

export const invocationsOf = ({ invocations = 256 }: KernelFacts): number => invocations

/** What kernels may count on of an adapter. */
export const kernelFacts = (adapter: AdapterFacts): KernelFacts => ({
  storageBuffers: limitOf(adapter, "maxStorageBuffersPerShaderStage", 8),
  bindingBytes: limitOf(adapter, "maxStorageBufferBindingSize", 134_217_728),
  workgroupsPerAxis: limitOf(adapter, "maxComputeWorkgroupsPerDimension", 65_535),
  subgroupSize: fixedSubgroup(adapter),
  textureExtent: adapter.readableTextures ? limitOf(adapter, "maxTextureDimension2D", 0) : 0,
  isSoftware: adapter.isSoftware,
  workgroupMemory: limitOf(adapter, "maxComputeWorkgroupStorageSize", 16_384),
  invocations: limitOf(adapter, "maxComputeInvocationsPerWorkgroup", 256),
  subgroups: adapter.subgroups,
  f16: adapter.features.includes("shader-f16"),
  matrixUnits: adapter.matrixUnits,
  rollsLoops: adapter.isSoftware,
})
