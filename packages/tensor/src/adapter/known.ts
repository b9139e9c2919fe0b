import type { MatrixShape, MatrixUnits } from "./adapterFacts.ts"
import type { KernelFacts } from "./kernelFacts.ts"

/** What every WebGPU adapter offers, by the standard's default limits; no subgroups, no f16. */
const everywhere: KernelFacts = {
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65_535,
  subgroupSize: 0,
  textureExtent: 0,
  workgroupMemory: 16_384,
  invocations: 256,
}

const matrices = (shapes: readonly MatrixShape[]): MatrixUnits => ({
  shapes,
  spelling: { columnsFirst: true, orderInTemplate: true },
})

const halves = (m: number, n: number, k: number): readonly MatrixShape[] => [
  { m, n, k, operands: "f16", sums: "f32" },
  { m, n, k, operands: "f16", sums: "f16" },
]

/**
 * Facts of adapters of several kinds, to plan programs for without having one: as Dawn reports them, on a card that was measured
 * (nvidia-h200, llvmpipe) or by what their makers document.
 */
export const knownAdapters = {
  webgpu: everywhere,
  llvmpipe: {
    ...everywhere,
    storageBuffers: 16,
    subgroupSize: 8,
    subgroups: { smallest: 8, largest: 8 },
    textureExtent: 16_384,
    isSoftware: true,
    rollsLoops: true,
    workgroupMemory: 32_768,
    invocations: 1024,
    f16: true,
  },
  "nvidia-h200": {
    ...everywhere,
    storageBuffers: 16,
    bindingBytes: 2 ** 31 - 4,
    subgroupSize: 32,
    subgroups: { smallest: 32, largest: 32 },
    textureExtent: 32_768,
    workgroupMemory: 49_152,
    invocations: 1024,
    f16: true,
    matrixUnits: matrices([...halves(16, 16, 16), ...halves(16, 8, 16), ...halves(16, 8, 8)]),
  },
  "apple-m": {
    ...everywhere,
    storageBuffers: 10,
    bindingBytes: 2 ** 32 - 4,
    subgroupSize: 32,
    subgroups: { smallest: 32, largest: 32 },
    textureExtent: 16_384,
    workgroupMemory: 32_768,
    invocations: 1024,
    f16: true,
    matrixUnits: matrices([
      { m: 8, n: 8, k: 8, operands: "f32", sums: "f32" },
      { m: 8, n: 8, k: 8, operands: "f16", sums: "f16" },
    ]),
  },
  "intel-xe": {
    ...everywhere,
    storageBuffers: 16,
    bindingBytes: 2 ** 30,
    subgroups: { smallest: 8, largest: 32 },
    textureExtent: 16_384,
    workgroupMemory: 32_768,
    invocations: 1024,
    f16: true,
    matrixUnits: matrices([{ m: 8, n: 16, k: 16, operands: "f16", sums: "f32" }]),
  },
  "amd-rdna3": {
    ...everywhere,
    storageBuffers: 16,
    bindingBytes: 2 ** 31,
    subgroups: { smallest: 32, largest: 64 },
    textureExtent: 16_384,
    workgroupMemory: 32_768,
    invocations: 1024,
    f16: true,
    matrixUnits: matrices(halves(16, 16, 16)),
  },
} satisfies Readonly<Record<string, KernelFacts>>

export type KnownAdapter = keyof typeof knownAdapters
